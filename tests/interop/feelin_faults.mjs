// What is known to differ from DMN 1.5 in feelin 8.2.0 (lezer-feel 3.0.1), each with the section that decides. A
// difference counts as one of these only if its operation, its operands and what we say are as the fault wants them, so
// that a fault of ours is not taken for one of theirs.

import {
    beyond,
    codePoints,
    every,
    isDuration,
    isInstant,
    isNumber,
    isWhole,
    isZoned,
    left,
    list,
    mineIs,
    mineIsNull,
    only,
    pairs,
    typeOf,
    unordered,
} from './feelin_values.mjs';

export const FAULTS = [
    // Numbers
    {
        name: 'binary numbers',
        section: '10.3.2.3.1: decimals of 34 digits',
        ops: /./,
        when: ({ op, values, mine, theirs }) =>
            'value' in theirs &&
            (mine.long ||
                values.some((one) => one.mine.long) ||
                (/^string\((N|mean)/.test(op) && Math.abs(mine.value - theirs.value) < 1e-9)),
    },
    {
        name: 'binary remainders',
        section: '10.3.2.3.1: 0.1 is a tenth',
        ops: /^modulo\(/,
        when: ({ v }) => v.every(isNumber) && !v.every(isWhole),
    },
    {
        name: 'fractional scales',
        section: '10.3.4.5: a scale is a whole number, of which the rest is cut',
        ops: /^(decimal|floor|ceiling|round [a-z ]+)\(N, N\)/,
        when: ({ v }) => isNumber(only(v[1])) && !isWhole(only(v[1])),
    },
    {
        name: 'scales out of range',
        section: '10.3.4.5: from -6111 to 6176, of which a binary number takes 308',
        ops: /^(decimal|floor|ceiling|round [a-z ]+)\(N, N\)/,
        when: ({ v, mine }) => (Math.abs(v[1]) > 6000 ? mine.value === null : v[1] > 300 && mine.value === only(v[0])),
    },
    {
        name: 'infinite and no numbers',
        section: '10.3.2.3.1: numbers are finite',
        ops: /./,
        when: ({ mine, theirs }) => mine.value === null && isNumber(theirs.value) && !Number.isFinite(theirs.value),
    },
    {
        name: 'parity of fractions',
        section: '10.3.4.5: of whole numbers',
        ops: /^(odd|even)\(/,
        when: every(mineIsNull, ({ v }) => !isWhole(only(v[0]))),
    },
    {
        name: 'text without a number',
        section: "10.3.4.1: number(from) wants a number's literal, and separators of three",
        ops: /^number\(/,
        when: every(
            mineIsNull,
            ({ v }) =>
                v[0] === '' || v[0]?.trim?.() === '' || v.slice(1).some((one) => ![' ', '.', ',', null].includes(one)),
        ),
    },
    // Durations and instants
    {
        name: 'durations in products',
        section: '10.3.2.13, tables 57 and 58: a duration by a number, and by its like',
        ops: /^. [*/] .$/,
        when: ({ v }) => v.some(isDuration),
    },
    {
        name: 'negated durations',
        section: '10.3.2.13, table 59',
        ops: /^-.$/,
        when: ({ v, theirs }) => isDuration(only(v[0])) && theirs.value === null,
    },
    {
        name: 'a date and hours',
        section: '10.3.2.13, table 57: a date and a duration make a date',
        ops: /^. [+-] .$/,
        when: ({ v, mine, theirs }) =>
            v.some((one) => typeOf(one) === 'date') &&
            v.some(isDuration) &&
            typeOf(mine.value) === 'date' &&
            typeOf(theirs.value) === 'date and time',
    },
    {
        name: 'differences of unlike instants',
        section: '10.3.2.13, table 57: of one kind, with or without an offset both',
        ops: /^. - .$/,
        when: every(
            mineIsNull,
            ({ v }) => v.every(isInstant) && (typeOf(v[0]) !== typeOf(v[1]) || isZoned(v[0]) !== isZoned(v[1])),
        ),
    },
    {
        name: 'differences without offsets',
        section: '10.3.2.13, table 57: by the values, in which the offset counts',
        ops: /^. - .$/,
        when: ({ v, mine }) => v.every(isInstant) && v.some(isZoned) && isDuration(mine.value),
    },
    {
        name: 'a time and months',
        section: '10.3.2.13, table 57: a time with days and time only',
        ops: /^. [+-] .$/,
        when: every(
            mineIsNull,
            ({ v }) =>
                v.some((one) => typeOf(one) === 'time') && v.some((one) => typeOf(one) === 'years and months duration'),
        ),
    },
    {
        name: 'months rounded up',
        section: '10.3.4.1: years and months duration(from, to) counts whole ones',
        ops: /^years and months duration/,
        when: ({ v, mine }) =>
            v.every((one) => ['date', 'date and time'].includes(typeOf(only(one)))) &&
            typeOf(mine.value) === 'years and months duration',
    },
    {
        name: 'fractions of seconds',
        section: '10.3.4.1: time(hour, minute, second) keeps them; 10.3.2.2: durations differ by them',
        ops: /^(time\(|P = P)/,
        when: ({ v, mine, op }) =>
            op === 'P = P'
                ? mine.value === false && v.every(isDuration)
                : typeOf(mine.value) === 'time' && !isWhole(v[2]),
    },
    {
        name: 'parts that are no whole numbers',
        section: '10.3.4.1: date(year, month, day), time(hour, minute, second) of numbers in range',
        ops: /^(date|time)\(.*N, N/,
        when: every(mineIsNull, ({ v }) => v.some((one) => !isWhole(one))),
    },
    {
        name: 'years beyond',
        section: '10.3.4.1: up to 999,999,999, written as XML Schema does',
        ops: /^date\(|^. [+-] .$/,
        when: ({ mine }) => typeOf(mine.value) === 'date' && !/^[1-9]\d{3}-/.test(mine.value['@value']),
    },
    {
        name: 'a date out of more',
        section: '10.3.4.1: date(from) wants the literal of a date',
        ops: /^date\(S\)/,
        when: every(mineIsNull, ({ v }) => typeof v[0] === 'string' && !/^-?\d{4,}-\d\d-\d\d$/.test(v[0])),
    },
    {
        name: 'a date and time of other parts',
        section: '10.3.4.1: date and time(date, time) of a date or date and time, and a time',
        ops: /^date and time\(., T\)/,
        when: every(mineIsNull, ({ v }) => typeOf(v[1]) !== 'time' || !/^date/.test(typeOf(v[0]))),
    },
    // Comparisons
    {
        name: 'order of what has none',
        section: '10.3.2.13, table 55: null between kinds; 10.3.4.7: so in range functions',
        ops: /[<>]|between|^(before|after|meets|met by|overlaps|includes)\(| in |item > N/,
        when: ({ v, mine, op }) =>
            (mine.value === null || op === 'L[item > N]') &&
            (op === 'L[item > N]' || pairs(v).some((pair) => unordered(pair))),
    },
    {
        name: 'order with and without an offset',
        section: '10.3.2.2, table 54: what has no offset takes that of the other',
        ops: /^. [<>]=? .$/,
        when: ({ v }) => v.every(isInstant) && typeOf(v[0]) === typeOf(v[1]) && isZoned(v[0]) !== isZoned(v[1]),
    },
    {
        name: 'equal durations of two kinds',
        section: '10.3.2.2, table 53: null between kinds',
        ops: /=/,
        when: every(mineIsNull, ({ v }) => v.every(isDuration) && typeOf(v[0]) !== typeOf(v[1])),
    },
    {
        name: 'exchanged ends',
        section: '10.3.2.13, table 55: between is >= and <=',
        ops: /between/,
        when: every(mineIs(false), ({ v }) => v[1] > v[2] || isInstant(v[1])),
    },
    {
        name: 'lists of one',
        section: '10.3.2.2: a list is no element; 10.3.2.9.4 converts arguments only',
        ops: /=| in |^(index of|list contains|distinct values|union|is)\(/,
        when: ({ v }) =>
            v.some((one) => Array.isArray(one) && (one.length < 2 || one.some((item) => Array.isArray(item)))),
    },
    {
        name: 'is, of two kinds',
        section: '10.3.4.6: false',
        ops: /^is\(/,
        when: every(mineIs(false), ({ v }) => typeOf(v[0]) !== typeOf(v[1])),
    },
    {
        name: 'membership in null',
        section: '10.3.2.2: null is equal to itself alone',
        ops: / in /,
        when: ({ v, mine, theirs }) => v.includes(null) && typeof mine.value === 'boolean' && theirs.value === null,
    },
    {
        name: 'in before or and and',
        section: '10.3.1.2: comparisons bind more tightly',
        ops: /^B (or|and) B/,
        when: ({ text }) => text.includes(' in '),
    },
    // Ranges
    {
        name: 'ends in descending order',
        section: '10.3.2.7: a range from a higher to a lower end is none',
        ops: /^[[(\]]N\.\.N[\])]$/,
        when: every(mineIsNull, ({ v }) => v[0] > v[1] || (isDuration(v[0]) && isDuration(v[1])) || v.every(isInstant)),
    },
    {
        name: 'ends that throw',
        section: '10.3.2.7: what is no range is null',
        ops: /./,
        when: ({ mine, theirs }) =>
            /^unsupported range/.test(theirs.fault) && (mine.value === null || typeof mine.value === 'boolean'),
    },
    {
        name: 'ends that are null',
        section: '10.3.4.7: beyond all values',
        ops: /^((before|after|meets|met by|overlaps|includes)\(|for$|some$|every$)/,
        when: ({ v, mine }) =>
            (typeof mine.value === 'boolean' || mine.value === null) && v.some((one) => /[[(]null|null[)\]]/.test(one)),
    },
    {
        name: 'range functions that are missing',
        section: '10.3.4.7',
        ops: /^(overlaps before|overlaps after|finishes|finished by|during|starts|started by|coincides)\(/,
        when: ({ theirs }) => theirs.value === null || /^not implemented/.test(theirs.fault),
    },
    {
        name: 'ranges as text',
        section: '10.3.4.1: string(from) writes a literal',
        ops: /^string\(/,
        when: ({ v }) => typeOf(v[0]) === 'range' || JSON.stringify(v).includes('..'),
    },
    {
        name: 'outward brackets',
        section: '10.3.1.2: ]a..b[ is an interval wherever an expression is',
        ops: /./,
        when: ({ text, theirs }) => theirs.fault === 'syntax' && /\][^\]]*\.\.[^[]*[[\])]/.test(text),
    },
    {
        name: 'endless iteration',
        section: '10.3.2.14: of a range of whole numbers',
        ops: /./,
        when: ({ theirs }) => theirs.fault === 'endless',
    },
    {
        name: 'names of several words in calls within calls',
        section: '10.3.1.2: wherever an expression is',
        ops: /\(/,
        when: ({ text, theirs }) => theirs.fault === 'syntax' && text.includes('full name'),
    },
    {
        name: 'types as comparisons',
        section: '10.3.1.2: what follows instance of is a type',
        ops: /./,
        when: ({ text, theirs }) =>
            /^unsupported range: .*function/.test(theirs.fault) && text.includes('list<number>'),
    },
    {
        name: 'conditions as tests',
        section: '10.3.1.2: a test is an expression that is true, or that the value is equal to',
        ops: / in /,
        when: every(mineIs(true), ({ v }) => v.slice(1).includes(true)),
    },
    {
        name: 'lists as tests',
        section: '10.3.1.2: a test that is a list holds for its items',
        ops: / in \(/,
        when: every(mineIs(true), ({ v }) => v.slice(1).some((one) => Array.isArray(one) && one.includes(v[0]))),
    },
    // Control
    {
        name: 'truth of what is no boolean',
        section: '10.3.2.13, table 45: if takes else unless the condition is true',
        ops: /^if$/,
        when: ({ v }) => typeof v[0] !== 'boolean' && v[0] !== null,
    },
    {
        name: 'truth of what is null or no boolean',
        section: '10.3.2.13, table 45: some and every are a row of or and and',
        ops: /^(some|every)$/,
        when: every(mineIsNull, ({ v }) => v.slice(1).some((one) => typeof one !== 'boolean')),
    },
    {
        name: 'iteration over one value',
        section: '10.3.2.9.4: it becomes a list',
        ops: /^(some|every|for)$/,
        when: ({ v, theirs }) => !Array.isArray(v[0]) && theirs.value === null,
    },
    {
        name: 'filters by their form',
        section: '10.3.2.5: a number is a position, true keeps an item, anything else does not',
        ops: /^(L|M)\[/,
        when: ({ v, mine }) => Array.isArray(mine.value) && (!Array.isArray(v[0]) || !isNumber(v[1])),
    },
    {
        name: 'context as a type',
        section: '10.3.2.9.1: without entries it is none',
        ops: /instance of context$/,
        when: mineIsNull,
    },
    // Lists and strings
    {
        name: 'positions out of range',
        section: '10.3.4.4: they are within the list',
        ops: /^(sublist|insert before|remove|list replace)\(/,
        when: every(
            mineIsNull,
            ({ v, op }) =>
                beyond(list(v, 0), v[1]) ||
                (op === 'sublist(L, N, N)' && !(v[2] >= 1 && v[2] <= left(list(v, 0), v[1]))),
        ),
    },
    {
        name: 'fractional positions',
        section: '10.3.4.4: they are whole numbers, of which the rest is cut',
        ops: /^(sublist|insert before|remove|list replace|substring)\(/,
        when: ({ v }) => v.slice(1, 3).some((one) => isNumber(only(one)) && !isWhole(only(one))),
    },
    {
        name: 'negative positions',
        section: '10.3.4.4: they count from the end',
        ops: /^(insert before|remove|list replace)\(/,
        when: ({ v, mine }) => v[1] < 0 && Array.isArray(mine.value),
    },
    {
        name: 'positions in text out of range',
        section: '10.3.4.3: within the string, and a length of at least 1',
        ops: /^substring\(/,
        when: every(mineIsNull, ({ v }) => beyond(codePoints(String(v[0])), v[1]) || (v.length > 2 && !(v[2] >= 1))),
    },
    {
        name: 'positions in UTF-16',
        section: '10.3.4.3: characters are code points',
        ops: /^substring\(/,
        when: ({ v }) => v[1] < 0 && typeof v[0] === 'string' && v[0].length !== codePoints(v[0]),
    },
    {
        name: 'patterns of JavaScript',
        section: '10.3.4.3: by XQuery, where [] is none, and one that matches nothing an error',
        ops: /^(split|replace|matches)\(/,
        when: every(mineIsNull, ({ v }) => v[1] === '[]' || v[1] === ''),
    },
    {
        name: 'the least and greatest of numbers only',
        section: '10.3.4.4: of all that can be compared',
        ops: /^(min|max)\(/,
        when: ({ v, theirs }) => theirs.value === null && !v.flat().some(isNumber),
    },
    {
        name: 'arguments in lists',
        section: '10.3.4.4: numbers, or one list of them',
        ops: /^((min|max|sum|mean|product)\(N, N\)|mode\()/,
        when: every(mineIsNull, ({ v }) => (v.length > 1 ? v : v[0]).some(Array.isArray)),
    },
    {
        name: 'unsorted modes',
        section: '10.3.4.4: mode in ascending order',
        ops: /^mode\(/,
        when: ({ mine, theirs }) =>
            mine.value?.every((one, i) => i === 0 || one > mine.value[i - 1]) &&
            theirs.value?.length === mine.value.length,
    },
    {
        name: 'medians by text',
        section: '10.3.4.4: median of the sorted numbers',
        ops: /^median\(/,
        when: ({ v, mine }) => isNumber(mine.value) && Array.isArray(v[0]),
    },
    {
        name: 'unions of no lists',
        section: '10.3.2.9.4: a value becomes a list',
        ops: /^union\(/,
        when: ({ v }) => v.some((one) => !Array.isArray(one)),
    },
    {
        name: 'one for a list of one',
        section: '10.3.2.9.4: a list of one is converted to its item',
        ops: /^(abs|time|date)\(/,
        when: ({ v, mine }) => v.some((one) => Array.isArray(one) && one.length === 1) && mine.value !== null,
    },
    {
        name: 'functions that give no boolean',
        section: '10.3.4.4 and 10.3.4.9: match and precedes are true or false',
        ops: /function\(/,
        when: mineIsNull,
    },
];

// The name of the fault that a difference is; undefined if it is none of them.
export function faultOf(found) {
    const v = found.values.map((one) => one.mine.value ?? null);
    return FAULTS.find(({ ops, when }) => ops.test(found.op) && when({ ...found, v }))?.name;
}
