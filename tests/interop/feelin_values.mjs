// What known faults ask of values, which are as JSON has them.

export const typeOf = (value) => {
    if (value === null) return 'null';
    if (Array.isArray(value)) return 'list';
    if (typeof value === 'object') return value['@type'] ?? 'context';
    return typeof value === 'string' && RANGE.test(value) ? 'range' : typeof value;
};
export const RANGE = /^[[(].*\.\..*[\])]$/s;
export const DURATION = /duration$/;
export const INSTANT = /^(date|time|date and time)$/;
export const ZONED = /(Z|[+-]\d\d:\d\d|@.*)$/;

export const isNumber = (value) => typeof value === 'number';
export const isWhole = (value) => Number.isInteger(value);
export const isDuration = (value) => DURATION.test(typeOf(value));
export const isInstant = (value) => INSTANT.test(typeOf(value));
export const isZoned = (value) => ZONED.test(value['@value'].replace(/^-?\d+-\d\d-\d\d/, ''));
export const only = (value) => (Array.isArray(value) && value.length === 1 ? value[0] : value);
export const mineIs =
    (value) =>
    ({ mine }) =>
        mine.value === value;
export const mineIsNull = mineIs(null);
export const every =
    (...conditions) =>
    (found) =>
        conditions.every((condition) => condition(found));

// Kinds of operands between which there is no order, null and lists among them.
export const unordered = ([left, right]) =>
    typeOf(left) !== typeOf(right) || !/^(number|string|date|time|date and time|.*duration)$/.test(typeOf(left));
export const pairs = (v) => v.slice(1).map((right) => [v[0], right]);

export const list = (v, at) => (Array.isArray(v[at]) ? v[at].length : v[at] === null ? -1 : 1);
export const beyond = (size, position) =>
    !isNumber(position) || position === 0 || Math.abs(Math.trunc(position)) > size;
// How many there are from a position on.
export const left = (size, position) => (position > 0 ? size - Math.trunc(position) + 1 : -Math.trunc(position));
export const codePoints = (text) => [...text].length;
