// The arithmetic of charts: nice ticks, short numbers, paths.

/** A function from value to place, with its `ticks` and lowest value; from zero unless the values are far from it. */
export function scaleOf(values, from, to) {
  const highest = Math.max(...values, 0);
  const lowest = Math.min(...values, highest);
  const base = lowest > highest * 0.6 && highest > 0 ? lowest - (highest - lowest) * 0.5 : Math.min(lowest, 0);
  const step = niceStep((highest - base) / 4 || 1);
  const low = Math.floor(base / step) * step;
  const high = Math.max(Math.ceil(highest / step) * step, low + step);
  const place = (value) => from + ((value - low) / (high - low)) * (to - from);
  const count = Math.round((high - low) / step);
  return Object.assign(place, { low, ticks: Array.from({ length: count + 1 }, (_, at) => Number((low + at * step).toPrecision(12))) });
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((step) => rough / power <= step + 1e-9);
}

/** A number with at most three significant decimals, thousands shortened. */
export function shortNumber(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat(undefined, { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 3 }).format(value);
}

const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A line through points. */
export const linePath = (points) => points.map((point, n) => `${n ? "L" : "M"}${at(point)}`).join("");

/** The surface between a line and the base. */
export function areaPath(points, base) {
  if (!points.length) return "";
  return `${linePath(points)}L${points.at(-1)[0].toFixed(1)} ${base.toFixed(1)}L${points[0][0].toFixed(1)} ${base.toFixed(1)}Z`;
}

const CENTRE = 80;

function onRing(part, radius) {
  const angle = part * 2 * Math.PI - Math.PI / 2;
  return [CENTRE + radius * Math.cos(angle), CENTRE + radius * Math.sin(angle)];
}

/** A ring segment between two parts of the whole (0 to 1). */
export function piePath(from, to) {
  const end = to - from >= 1 ? from + 0.9999 : to;
  const large = end - from > 0.5 ? 1 : 0;
  const [outer, inner] = [72, 44];
  return `M${at(onRing(from, outer))}A${outer} ${outer} 0 ${large} 1 ${at(onRing(end, outer))}L${at(onRing(end, inner))}A${inner} ${inner} 0 ${large} 0 ${at(onRing(from, inner))}Z`;
}
