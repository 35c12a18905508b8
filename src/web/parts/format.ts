/**
 * A number with its sign: `+0.21`, `−0.05`. The minus sign has the width of a plus sign, so that
 * columns align.
 */
export function signedNumber(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** A number without a plus sign: `0.21`, `−0.05`. */
export function plainNumber(value: number, digits = 2): string {
  return `${value < 0 && Number(value.toFixed(digits)) !== 0 ? "−" : ""}${Math.abs(value).toFixed(digits)}`;
}

/** A share in percent: 0.12 gives `12 %`. */
export function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** A whole number with thin spaces between groups of three digits: `1 234 567`. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A time in seconds as a text: `45 s`, `3 min 7 s`, `2 h 5 min`. */
export function timeSpan(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? seconds.toFixed(1) : whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

/** A number of bytes as a text: `12 KiB`, `512 MiB`, `1.4 GiB`. */
export function bytes(value: number): string {
  if (value >= 2 ** 30) return `${(value / 2 ** 30).toFixed(1)} GiB`;
  return value >= 2 ** 20 ? `${Math.round(value / 2 ** 20)} MiB` : `${Math.ceil(value / 2 ** 10)} KiB`;
}
