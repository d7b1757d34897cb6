// What random_feel.mjs makes expressions of: how values and operations are written.

// Kinds of values, a letter each: N number, S string, B boolean, D date, T time, X date and time, Y years and months,
// P days and time, L list of numbers, M list of strings, C context, R range of numbers, Z null.
export const KINDS = 'NSBDTXYPLMCRZ';
export const TEXTS = ['', 'a', 'b', 'abc', 'foobar', 'Foo Bar', 'a,b;c', 'x1', '10', 'caf\u00e9',
    '\u{1F40E}ab', 'a"b', 'bar', 'o'];
export const NUMBERS = ['0', '1', '2', '3', '-1', '10', '0.5', '2.5', '-2.5', '100', '1.25',
    '7', '0.1', '12345.678', '1000000'];
export const SMALL = ['1', '2', '3', '-1', '0', '4', '-2'];
export const DATES = ['2024-02-29', '2023-12-31', '2024-01-01', '1999-07-15', '2026-11-30'];
export const TIMES = ['10:30:00', '23:59:59', '00:00:00', '11:45:30Z', '10:30:00+02:00', '08:15:30.5'];
export const DAY_TIMES = ['P1D', 'PT1H', 'P2DT3H', '-PT90M', 'PT0S', 'PT36H', 'PT0.5S', 'P400D'];
export const MONTHS = ['P1Y', 'P3M', 'P1Y2M', '-P5M', 'P0M', 'P18M'];

export const LITERALS = {
    N: (r) => r.pick(r.chance(0.4) ? SMALL : NUMBERS),
    S: (r) => `"${r.pick(TEXTS).replace(/"/g, '\\"')}"`,
    B: (r) => r.pick(['true', 'false']),
    D: (r) => r.pick(['@"x"', 'date("x")']).replace('x', r.pick(DATES)),
    T: (r) => r.pick(['@"x"', 'time("x")']).replace('x', r.pick(TIMES)),
    X: (r) => r.pick(['@"x"', 'date and time("x")']).replace('x', `${r.pick(DATES)}T${r.pick(TIMES)}`),
    P: (r) => r.pick(['@"x"', 'duration("x")']).replace('x', r.pick(DAY_TIMES)),
    Y: (r) => r.pick(['@"x"', 'duration("x")']).replace('x', r.pick(MONTHS)),
    L: (r) => `[${r.times(0, 4, () => r.pick(NUMBERS)).join(', ')}]`,
    M: (r) => `[${r.times(0, 3, () => LITERALS.S(r)).join(', ')}]`,
    C: (r) => `{a: ${r.pick(NUMBERS)}, b: ${LITERALS.S(r)}}`,
    R: (r) => r.pick(['[1..x]', '(1..x]', '[1..x)', ']1..x[', '[-2..x]']).replace('x', r.pick(['2', '3', '10'])),
    Z: () => 'null',
};

// How operations are written: a letter is an operand of that kind. Those of a kind give values of it.
export const CALLS = {
    N: ['abs(N)', 'modulo(N, N)', 'floor(N)', 'ceiling(N)', 'floor(N, N)', 'ceiling(N, N)', 'decimal(N, N)',
        'round up(N, N)', 'round down(N, N)', 'round half up(N, N)', 'round half down(N, N)', 'sqrt(N)', 'exp(N)',
        'log(N)', 'string length(S)', 'count(L)', 'count(M)', 'min(L)', 'max(L)', 'min(N, N)', 'max(N, N)',
        'sum(L)', 'sum(N, N)', 'mean(L)', 'product(L)', 'median(L)', 'stddev(L)', 'number(S)', 'number(S, S, S)',
        'number(from: S)', 'day of year(D)', 'week of year(D)', 'get value(C, "a")',
        'modulo(dividend: N, divisor: N)'],
    S: ['substring(S, N)', 'substring(S, N, N)', 'upper case(S)', 'lower case(S)', 'substring before(S, S)',
        'substring after(S, S)', 'replace(S, S, S)', 'replace(S, "[a-c]+", "<$0>")', 'string join(M)',
        'string join(M, S)', 'string(N)', 'string(mean(L))', 'string(S)', 'string(B)', 'string(D)', 'string(P)',
        'string(Y)', 'string(L)', 'string(C)', 'string(X)', 'day of week(D)', 'month of year(D)', 'min(M)',
        'max(M)', 'get value(C, "b")', 'substring(string: S, start position: N)'],
    B: ['contains(S, S)', 'starts with(S, S)', 'ends with(S, S)', 'matches(S, S)', 'matches(S, "^[a-z]+$", "i")',
        'list contains(L, N)', 'list contains(M, S)', 'not(B)', 'all([B, B])', 'any([B, B])', 'all(B, B)',
        'any(B, B)', 'odd(N)', 'even(N)', 'is(N, N)', 'is(D, D)', 'is(T, T)', 'before(N, N)', 'before(N, R)',
        'before(R, R)', 'after(N, N)', 'after(R, N)', 'after(R, R)', 'meets(R, R)', 'met by(R, R)',
        'overlaps(R, R)', 'overlaps before(R, R)', 'finishes(N, R)', 'includes(R, N)', 'includes(R, R)',
        'during(N, R)', 'starts(N, R)', 'coincides(R, R)', 'list contains(list: L, element: N)'],
    D: ['date(X)', 'date(N, N, N)', 'date(2024, N, N)', 'date(S)'],
    T: ['time(X)', 'time(N, N, N)', 'time(10, N, N, P)'],
    X: ['date and time(D, T)', 'date and time(X, T)'],
    Y: ['years and months duration(D, D)', 'abs(Y)'],
    P: ['abs(P)', 'duration("P1D")'],
    L: ['sublist(L, N)', 'sublist(L, N, N)', 'append(L, N)', 'append(L, N, N)', 'concatenate(L, L)',
        'insert before(L, N, N)', 'remove(L, N)', 'reverse(L)', 'index of(L, N)', 'union(L, L)',
        'distinct values(L)', 'flatten([L, [L, N]])', 'mode(L)', 'sort(L, function(x, y) x < y)',
        'list replace(L, N, N)', '[N, N, N]', '[N]', 'index of(M, S)',
        'list replace(L, function(old, new) old > new, N)'],
    M: ['split(S, S)', 'split(S, ",")', 'append(M, S)', 'reverse(M)', 'distinct values(M)', '[S, S]', 'union(M, M)',
        'sublist(M, N)', 'concatenate(M, M)', 'sort(M, function(x, y) x > y)'],
    C: ['{a: N, b: S}', '{a: N, b: S, c: {d: N}}', 'context put(C, "a", N)', 'context merge([C, C])',
        '{a: N, b: a}', 'context([{key: "a", value: N}, {key: "b", value: S}])'],
    R: ['[N..N]', '(N..N)', ']N..N]'],
};

// Infix and postfix operations: how they are written and how tightly they bind.
export const [OR, AND, COMPARISON, SUM, PRODUCT, POWER, NEGATION, INSTANCE, POSTFIX, ATOM] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
export const OPERATORS = {
    N: [['N + N', SUM], ['N - N', SUM], ['N * N', PRODUCT], ['N / N', PRODUCT], ['N ** N', POWER], ['-N', NEGATION],
        ['C.a', POSTFIX], ['L[N]', POSTFIX], ['D.year', POSTFIX], ['D.month', POSTFIX], ['D.weekday', POSTFIX],
        ['X.hour', POSTFIX], ['T.minute', POSTFIX], ['P.days', POSTFIX], ['P.hours', POSTFIX], ['Y.years', POSTFIX],
        ['Y.months', POSTFIX]],
    S: [['S + S', SUM], ['C.b', POSTFIX], ['M[N]', POSTFIX]],
    B: [['B or B', OR], ['B and B', AND], ['N = N', COMPARISON], ['N != N', COMPARISON], ['N < N', COMPARISON],
        ['N <= N', COMPARISON], ['N > N', COMPARISON], ['N >= N', COMPARISON], ['S = S', COMPARISON],
        ['S < S', COMPARISON], ['D < D', COMPARISON], ['D = D', COMPARISON], ['X < X', COMPARISON],
        ['X = X', COMPARISON], ['T < T', COMPARISON], ['T = T', COMPARISON], ['P < P', COMPARISON],
        ['P = P', COMPARISON], ['Y < Y', COMPARISON], ['Y = Y', COMPARISON], ['L = L', COMPARISON],
        ['C = C', COMPARISON], ['B = B', COMPARISON], ['B != B', COMPARISON], ['R = R', COMPARISON],
        ['N between N and N', COMPARISON], ['D between D and D', COMPARISON], ['N in R', COMPARISON],
        ['N in L', COMPARISON], ['N in (N, N)', COMPARISON], ['N in (N, L)', COMPARISON],
        ['N in (B, N)', COMPARISON], ['N in (< N, R)', COMPARISON], ['N in >= N', COMPARISON],
        ['S in (S, S)', COMPARISON], ['N instance of number', INSTANCE], ['S instance of string', INSTANCE],
        ['D instance of date', INSTANCE], ['P instance of days and time duration', INSTANCE],
        ['L instance of list<number>', INSTANCE], ['C instance of context', INSTANCE],
        ['B instance of boolean', INSTANCE]],
    D: [['D + P', SUM], ['D - P', SUM], ['D + Y', SUM], ['D - Y', SUM]],
    T: [['T + P', SUM], ['T - P', SUM]],
    X: [['X + P', SUM], ['X - P', SUM], ['X + Y', SUM], ['X - Y', SUM]],
    Y: [['Y + Y', SUM], ['Y - Y', SUM], ['Y * N', PRODUCT], ['Y / N', PRODUCT], ['-Y', NEGATION]],
    P: [['P + P', SUM], ['P - P', SUM], ['P * N', PRODUCT], ['P / N', PRODUCT], ['D - D', SUM], ['X - X', SUM],
        ['T - T', SUM], ['-P', NEGATION]],
};

// feelin has none of these, so that they tell little.
export const RARE =
    /^-[YP]$|^[YP] [*/] N|^(overlaps before|finishes|during|starts|coincides)\(|instance of context|^D [+-] P$|^X - P$/;

// Names of the context, and those that each kind may use.
export const NAMES = { N: ['n', 'm', 'i'], S: ['s', 'full name'], B: ['yes'], D: ['day'],
    T: ['t'], X: ['dt'], Y: ['ym'], P: ['dd'], L: ['ns'], M: ['ss'], C: ['ctx', 'ctx.c'], R: [], Z: ['nothing'] };
