"""The environment's names for the settings."""

ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "slack_bot_token",
    "SLACK_APP_TOKEN": "slack_app_token",
    "SLACK_SIGNING_SECRET": "slack_signing_secret",
    "SLACK_API_URL": "slack_api_url",
    "SCOUT_STORE_URL": "store_url",
    "SCOUT_ALERT_CHANNEL": "alert_channel",
    "SCOUT_ADMIN_CHANNEL": "admin_channel",
    "SCOUT_MENTION": "mention",
    "SCOUT_OPERATORS": "operators",
    "SCOUT_APPROVERS": "approvers",
    "SCOUT_OWN_APPROVAL": "own_approval",
    "SCOUT_MEND_APPROVALS": "mend_approvals",
    "SCOUT_DISRUPT_APPROVALS": "disrupt_approvals",
    "SCOUT_BREAK_GLASS": "break_glass",
    "SCOUT_TICK_SECONDS": "tick_seconds",
    "SCOUT_WINDOW_SECONDS": "window_seconds",
    "SCOUT_ALERT_FOR_SECONDS": "alert_for_seconds",
    "SCOUT_APPROVAL_SECONDS": "approval_seconds",
    "SCOUT_DEAD_AFTER_SECONDS": "dead_after_seconds",
    "SCOUT_QUESTIONS_PER_MINUTE": "questions_per_minute",
    "SCOUT_QUESTION_BURST": "question_burst",
    "SCOUT_MORNING": "morning",
    "SCOUT_MORNING_TIME_ZONE": "morning_time_zone",
    "SCOUT_MORNING_CHANNEL": "morning_channel",
    "SCOUT_LISTEN": "listen",
    "SCOUT_DEAD_MAN_URL": "dead_man_url",
    "SCOUT_LOOP_BACK_PERSON": "loop_back_person",
    "SCOUT_SAMPLE_DAYS": "sample_days",
    "SCOUT_INCIDENT_DAYS": "incident_days",
    "SCOUT_TERMINAL": "terminal",
}
PROMETHEUS_ENVIRONMENT = {
    "SCOUT_PROMETHEUS_URL": "url",
    "SCOUT_PROMETHEUS_TOKEN": "token",
    "SCOUT_PROMETHEUS_USER": "user",
    "SCOUT_PROMETHEUS_PASSWORD": "password",
}
DATABASE_ENVIRONMENT = {
    "DATABASE_URL": "url",
    "DATABASE_OPERATE_URL": "operate_url",
    "DATABASE_REPLICA_URLS": "replicas",
    "SCOUT_SCHEMA": "schema",
    "SCOUT_POOLER_URL": "pooler_url",
    "SCOUT_REDIS_URL": "redis_url",
    "SCOUT_SCHEDULED": "scheduled",
    "SCOUT_LONG_QUERY_SECONDS": "long_query_seconds",
}
ALERTING_ENVIRONMENT = {
    "SCOUT_PAGERDUTY_KEY": "pagerduty_key",
    "SCOUT_WEBHOOK_URL": "webhook_url",
    "SCOUT_WEBHOOK_SECRET": "webhook_secret",
}
SECRETS = frozenset(
    {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SCOUT_STORE_URL",
        "DATABASE_URL",
        "DATABASE_OPERATE_URL",
        "DATABASE_REPLICA_URLS",
        "SCOUT_POOLER_URL",
        "SCOUT_REDIS_URL",
        "SCOUT_DEAD_MAN_URL",
        "SCOUT_PAGERDUTY_KEY",
        "SCOUT_WEBHOOK_URL",
        "SCOUT_WEBHOOK_SECRET",
        "SCOUT_PROMETHEUS_TOKEN",
        "SCOUT_PROMETHEUS_PASSWORD",
    }
)
