"""`make bench`: what Scout costs and how long it takes, as figures beside what they are measured against."""
