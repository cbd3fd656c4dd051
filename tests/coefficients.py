#!/usr/bin/python3
"""Finds the coefficients of include/rectify/simd/: minimax polynomials and rationals by Remez's exchange.

Needs python3-mpmath. Prints them lowest power first, with the largest weighted error.
"""

import mpmath as mp

mp.mp.dps = 60


def remez(f, weight, low, high, m, n):
    """P of degree m over Q of degree n, Q(0) = 1, with the least maximum of weight |P / Q - f| on [low, high]."""
    count = m + n + 2
    # Rationals are for long intervals, on which the extrema crowd near `low`.
    crowding = 3 if n else 1

    def node(t):
        return low + (high - low) * ((1 - mp.cos(mp.pi * t)) / 2) ** crowding

    points = [node(mp.mpf(k) / (count - 1)) for k in range(count)]
    samples = [node(mp.mpf(k) / (24 * count)) for k in range(24 * count + 1)]
    sampled = [(x, f(x), weight(x)) for x in samples]
    level, q = mp.mpf(0), [mp.mpf(1)] + [mp.mpf(0)] * n
    for _ in range(60):
        # Equal errors of alternating sign at the points; linear but for level times Q, so iterated.
        for _ in range(30):
            rows, right = [], []
            for k, x in enumerate(points):
                sign = (-1) ** k / weight(x)
                target = f(x) + sign * level
                divisor = sum(c * x**i for i, c in enumerate(q))
                rows.append([x**i for i in range(m + 1)] + [-target * x**i for i in range(1, n + 1)] + [-sign * divisor])
                right.append(target)
            solution = mp.lu_solve(mp.matrix(rows), mp.matrix(right))
            p, q = list(solution[: m + 1]), [mp.mpf(1)] + list(solution[m + 1 : m + 1 + n])
            step = solution[count - 1]
            level += step
            if abs(step) <= abs(level) * mp.mpf(10) ** -8:
                break
        errors = [w * (mp.polyval(p[::-1], x) / mp.polyval(q[::-1], x) - fx) for x, fx, w in sampled]
        # The extremum of each run of one sign.
        peaks, start = [], 0
        for k in range(1, len(errors) + 1):
            if k == len(errors) or errors[k] * errors[start] < 0:
                peaks.append(max(range(start, k), key=lambda i: abs(errors[i])))
                start = k
        while len(peaks) > count:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        sizes = [abs(errors[k]) for k in peaks]
        if len(peaks) < count or max(sizes) < min(sizes) * mp.mpf("1.02"):
            break
        points = [samples[k] for k in peaks]
    return p, q, max(sizes)


def fit(name, f, weight, tables):
    for type_, (m, n), (low, high) in tables:
        p, q, worst = remez(f, weight, mp.mpf(low), mp.mpf(high), m, n)
        print(f"{name}, {type_}: error 2^{mp.nstr(mp.log(worst, 2), 4)}")
        digits = 9 if type_ == "float" else 17
        for part in [p, q] if n else [p]:
            print("  " + ", ".join(mp.nstr(c, digits) for c in part))


def near_zero(f, series):
    """f, by its series where it would cancel."""
    return lambda x: mp.polyval(series[::-1], x) if abs(x) < mp.mpf(10) ** -10 else f(x)


tiny, half = mp.mpf(10) ** -9, mp.mpf(1) / 2
reach = mp.log(2) / 2 * mp.mpf("1.001")
exp_series = near_zero(lambda r: (mp.expm1(r) - r) / r**2, [1 / mp.factorial(k + 2) for k in range(8)])
fit("exp: (e^r - 1 - r) / r^2", exp_series, lambda r: abs(r) + tiny,
    [("float", (4, 0), (-reach, reach)), ("double", (9, 0), (-reach, reach))])

for type_, last, degree in [("float", 117, 2), ("double", 118, 5)]:
    mantissas = [int(mp.nint(128 * (mp.mpf(2) ** (mp.mpf(j) / 16) - 1))) for j in range(15)] + [last]
    rest = [j * mp.log(2) / 16 - mp.log(1 + mp.mpf(m) / 128) for j, m in enumerate(mantissas)]
    print(f"sixteenths for e^r - 1, {type_}: mantissas", *mantissas)
    print("  " + ", ".join(mp.nstr(r, 17) for r in rest))
    reach = mp.log(2) / 32 + max(abs(r) for r in rest)
    fit("beside them", exp_series, lambda r: abs(r) + tiny, [(type_, (degree, 0), (-reach, reach))])

# Multiplied by `above`, all of these powers are nearly numbers of the type; found by trying many, little more than
# 2^(1/32) or 2^(1/16).
for type_, parts, bits, digits, degree, above in [("float", 16, 23, 9, 3, "1.0253087475"),
                                                  ("float", 8, 23, 9, 3, "1.0443329602470"),
                                                  ("double", 16, 52, 17, 7, "1.0233775931828794329573")]:
    reach = mp.log(2) / (2 * parts) * mp.mpf("1.001")
    powers = [mp.mpf(2) ** (mp.mpf(j) / parts) for j in range(parts)]
    mantissas = [int(mp.nint((mp.mpf(above) * power - 1) * 2**bits)) for power in powers]
    rest = [power / (1 + mp.ldexp(m, -bits)) for power, m in zip(powers, mantissas)]
    mean, spread = (max(rest) + min(rest)) / 2, (max(rest) - min(rest)) / 2
    print(f"parts of {parts} for e^r, {type_}: error {mp.nstr(mp.ldexp(spread, bits + 1), 3)} ULP, mantissas", *mantissas)
    fit("beside them, less 1", lambda r: mean * mp.exp(r) - 1, lambda r: mp.mpf(1),
        [(type_, (degree, 0), (-reach, reach))])

log_series = near_zero(lambda e: (mp.log1p(e) - e) / e**2, [mp.mpf(-1) ** (k + 1) / (k + 2) for k in range(8)])
fit("log1p: (log(1 + e) - e) / e^2 in t = e - 1/2", lambda t: log_series(t + half), lambda t: t + half + tiny,
    [("float", (8, 0), (-half, half)), ("double", (19, 0), (-half, half))])


def phi_ratio(z):
    return mp.erfc(z / mp.sqrt(2)) / 2 * mp.exp(z * z / 2)


fit("normal: sqrt(2 pi) (z + 23/32) Phi(-z) e^(z^2/2) - 1",
    lambda z: mp.sqrt(2 * mp.pi) * (z + mp.mpf(23) / 32) * phi_ratio(z) - 1, lambda z: mp.mpf(1),
    [("float", (4, 5), (0, 15)), ("double", (10, 11), (0, 39))])


def far_ratio(w):
    z = 1 / mp.sqrt(w)
    return z * phi_ratio(z)


fit("normal, far: z Phi(-z) e^(z^2/2) in w = 1 / z^2", far_ratio, lambda w: 1 / far_ratio(w),
    [("float", (5, 0), (1 / mp.mpf("14.9") ** 2, 1 / mp.mpf("5.4") ** 2))])


def rounded(x):
    """x as a float."""
    with mp.workprec(24):
        return +x


def widening(bits, scale, shift, bound):
    """The edges of the segments of [0, bound] by the exponent and the first bits of the mantissa of scale x + shift."""
    scale, shift, bound = rounded(mp.mpf(scale)), mp.mpf(shift), mp.mpf(bound)
    edges = [mp.mpf(2) ** e * (1 + mp.ldexp(j, -bits)) for e in range(-1, 5) for j in range(2**bits)]
    return [0] + [(edge - shift) / scale for edge in edges if shift < edge < scale * bound + shift] + [bound]


def narrowing(count, linear, bound):
    """The edges of so many segments of [0, bound], around the integers that linear x + quadratic x^2 takes."""
    linear, bound = mp.mpf(linear), mp.mpf(bound)
    quadratic = rounded(((count - half) / bound - linear) / bound)
    print(f"linear {mp.nstr(linear, 9)}, quadratic {mp.nstr(quadratic, 9)}:")
    return [0] + [(mp.sqrt(linear**2 + 4 * quadratic * (k + half)) - linear) / (2 * quadratic) for k in range(count)]


def around(center, f, low, high, degree, least):
    """A polynomial in x - center, exact at the center, and its error; around 0, of the same slope there."""
    series = mp.taylor(f, center, 2)
    given = 1 if center else 2
    rest = near_zero(lambda t: (f(center + t) - mp.polyval(series[given - 1 :: -1], t)) / t**given, [series[given]])
    apart, floor = (high - low) / 1000, least(center)
    weighted = lambda t: abs(t) ** given / max(abs(f(center + t)), floor)
    p, _, error = remez(rest, lambda t: weighted(t if abs(t) > apart else apart), low - center, high - center,
                        degree - given, 0)
    return series[:given] + p, error


def segments(name, f, edges, degree, least=lambda x: 0):
    """f by segments: centers and the coefficients of a polynomial around each.

    The error is relative to f, and to x where f(0) = 0, or to least where f is less. A center is where the terms that
    are added to its value are smallest beside the sum, and near there, where it and the slope are nearly floats.
    """
    rows, worst = [], mp.mpf(0)
    for low, high in zip(edges, edges[1:]):
        center = mp.mpf(0)
        if low or f(mp.mpf(0)):
            points = [low + (high - low) * mp.mpf(k) / 32 for k in range(33)]
            sizes = [max(abs(f(x)), least(x)) for x in points]

            def terms(c):
                series = [abs(a) for a in mp.taylor(f, c, 6)]
                return max(mp.polyval(series[:0:-1] + [0], abs(x - c)) / size for x, size in zip(points, sizes))

            center = min(points, key=terms)
            series, (p, _) = mp.taylor(f, center, 5), around(center, f, low, high, degree, least)

            def lost(c):
                value = mp.polyval(series[::-1], c - center)
                slope = mp.polyval([k * a for k, a in enumerate(series)][:0:-1], c - center) + p[1] - series[1]
                return max(abs(v - rounded(v)) / abs(v) for v in (value, slope))

            center = min((rounded(center * (1 + mp.ldexp(k, -26))) for k in range(-1000, 1001)), key=lost)
        p, error = around(center, f, low, high, degree, least)
        rows.append([center] + p)
        worst = max(worst, error)
    print(f"{name}, float, centers and coefficients: error 2^{mp.nstr(mp.log(worst, 2), 4)}")
    for row in rows:
        print("  " + ", ".join(mp.nstr(c, 9) for c in row))


def beside_a_zero(x):
    """Where the slopes below pass through zero, at 0.752."""
    return mp.mpf(1) / 16 if x < mp.mpf(6) / 5 else 0


def normal_tail(z):
    """z Phi(-z) and its derivative."""
    q = mp.erfc(z / mp.sqrt(2)) / 2
    return z * q, q - z * mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def log1p_ratio(z):
    return mp.exp(z) * mp.log1p(mp.exp(-z))


def gelu_tanh_tail(z):
    """z q, q = 1 / (1 + e^2u) with GELUTanh's u, and its derivative."""
    linear, cubic = 2 * mp.sqrt(2 / mp.pi), 2 * mp.sqrt(2 / mp.pi) * mp.mpf("0.044715")
    q = 1 / (1 + mp.exp(linear * z + cubic * z**3))
    return z * q, q - z * (linear + 3 * cubic * z * z) * q * (1 - q)


segments("tanh, 32", mp.tanh, widening(3, 1, mp.mpf(45) / 64, "9.1"), 4)
segments("tanh, 8", mp.tanh, widening(1, "0.78", "0.5", "9.1"), 6)
segments("log1p: e^z log(1 + e^-z), 32", log1p_ratio, widening(3, 1, "1.125", "16.8"), 4)
segments("log1p: e^z log(1 + e^-z), 8", log1p_ratio, widening(1, 1, "1.5", "16.8"), 7)
segments("normal: z Phi(-z), 16", lambda z: normal_tail(z)[0], narrowing(16, "1.1", "6.03"), 7)
segments("normal: z Phi(-z), 8", lambda z: normal_tail(z)[0], narrowing(8, "0.58", "5.41"), 8)
segments("normal: its slope, 32", lambda z: normal_tail(z)[1], narrowing(32, "2.5", "6.53"), 6, beside_a_zero)
segments("normal: its slope, 8", lambda z: normal_tail(z)[1], narrowing(8, "0.43", "6.03"), 8, beside_a_zero)
segments("GELUTanh: z q, 16", lambda z: gelu_tanh_tail(z)[0], narrowing(16, "1.05", "5.33"), 7)
segments("GELUTanh: z q, 8", lambda z: gelu_tanh_tail(z)[0], narrowing(8, "0.5", "5.13"), 8)
segments("GELUTanh: its slope, 32", lambda z: gelu_tanh_tail(z)[1], narrowing(32, "2.5", "5.53"), 6, beside_a_zero)
segments("GELUTanh: its slope, 8", lambda z: gelu_tanh_tail(z)[1], narrowing(8, "0.45", "5.53"), 8, beside_a_zero)
