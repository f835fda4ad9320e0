/* Per-pattern backpropagation in hand-vectorised C: the yardstick of the online benchmarks.
 *
 * The same algorithm and layout as fastbp's kernel for any update rule (aligned and padded rows,
 * first layer input-major, update and next forward pass in one sweep, later layers unit-major,
 * deltas passed down and weights updated in one sweep), written with the vector extensions of GCC
 * and Clang. It does not delay the first layer's updates.
 * Compiled once per dtype and vector width: -DREAL=float -DBYTES=64. FOUR_FROM is how many vectors
 * of weights make blocks of four registers faster than blocks of two.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES ((long)(BYTES / sizeof(REAL)))
typedef REAL vec __attribute__((vector_size(BYTES), may_alias));
#ifdef SINGLE
typedef int32_t ivec __attribute__((vector_size(BYTES), may_alias));
#else
typedef int64_t ivec __attribute__((vector_size(BYTES), may_alias));
#endif
typedef struct {
    long fan_in, fan_out, weights, stride, biases, units, width;
} Layer;

#define AT(p) (*(vec *)(p))
#define SPLAT(x) ((vec){0} + (REAL)(x))
/* C has no ?: on vectors (C++ has): the mask of a comparison is all ones where it holds. */
#define SELECT(mask, a, b) ((vec)(((ivec)(a) & (mask)) | ((ivec)(b) & ~(mask))))

static inline REAL sum(vec v) {
    REAL parts[LANES];
    memcpy(parts, &v, sizeof v);
    for (long n = LANES / 2; n; n /= 2)
        for (long i = 0; i < n; i++) parts[i] += parts[i + n];
    return parts[0];
}

#ifdef SINGLE
/* The same method and constants as fastbp's: a polynomial below ½, 2h / (1 + h²) above. */
#define HORNER(sum, c)                                          \
    vec sum = SPLAT(c[sizeof c / sizeof *c - 1]);               \
    for (int i = sizeof c / sizeof *c - 2; i >= 0; i--) sum = sum * z + c[i];

static inline vec vtanh(vec x) {
    static const REAL cn[] = {NUMERATOR}, cd[] = {DENOMINATOR}, cs[] = {SMALL};
    vec y = SELECT(x < 0, -x, x), z = y * y;
    HORNER(p, cn)
    HORNER(d, cd)
    HORNER(s, cs)
    vec n = y * p, m = d - y * p;
    vec t = SELECT(y >= (REAL)LIMIT, SPLAT(1), 1 - m * m / (n * n + d * d));
    t = SELECT(y < (REAL)LOW, y * s + y, t);
    return SELECT(x < 0, -t, t);
}
#else
/* From e^2|x| - 1 = 2^n (1 + r + r² c(r)) - 1, with the sign of x. */
static inline vec vtanh(vec x) {
    vec a = SELECT(x < 0, -x, x), limit = SPLAT(20.0);
    a = 2 * SELECT(a > limit, limit, a);
    vec shifted = a * 1.4426950408889634 + 6755399441055744.0;
    vec n = shifted - 6755399441055744.0;
    vec r = (a - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    static const REAL c[] = {EXPM1};
    vec s = SPLAT(c[sizeof c / sizeof *c - 1]);
    for (int i = sizeof c / sizeof *c - 2; i >= 0; i--) s = s * r + c[i];
    vec power = (vec)(((ivec)shifted + 1023) << 52);
    vec t = power * (s * r * r + r) + (power - 1);
    t = t / (t + 2);
    return SELECT(x < 0, -t, t);
}
#endif

/* NV vectors of the first layer's units: w += delta x, net = b + Σ w x_next. */
#define FIRST(NV)                                                                        \
    {                                                                                    \
        vec d[NV], net[NV];                                                              \
        for (int v = 0; v < NV; v++) {                                                   \
            d[v] = AT(delta + j + v * LANES);                                            \
            net[v] = AT(w + f->biases + j + v * LANES);                                  \
        }                                                                                \
        REAL *row = w + j;                                                               \
        for (long i = 0; i < f->fan_in; i++, row += f->stride)                           \
            for (int v = 0; v < NV; v++) {                                               \
                vec u = AT(row + v * LANES) + d[v] * x[i];                               \
                AT(row + v * LANES) = u;                                                 \
                net[v] += u * x_next[i];                                                 \
            }                                                                            \
        for (int v = 0; v < NV; v++) AT(nets + j + v * LANES) = net[v];                  \
        j += NV * LANES;                                                                 \
    }

/* NV vectors of a later layer's inputs: down = Σ delta w, w += delta out. */
#define LATER(NV)                                                                        \
    {                                                                                    \
        vec o[NV], down[NV];                                                             \
        for (int v = 0; v < NV; v++) {                                                   \
            o[v] = AT(outs + g->units + j + v * LANES);                                  \
            down[v] = SPLAT(0);                                                          \
        }                                                                                \
        REAL *row = w + l->weights + j;                                                  \
        for (long k = 0; k < l->fan_out; k++, row += l->stride) {                        \
            REAL dk = delta[l->units + k];                                               \
            for (int v = 0; v < NV; v++) {                                               \
                vec u = AT(row + v * LANES);                                             \
                down[v] += u * dk;                                                       \
                AT(row + v * LANES) = u + o[v] * dk;                                     \
            }                                                                            \
        }                                                                                \
        for (int v = 0; v < NV; v++) AT(delta + g->units + j + v * LANES) = down[v];     \
        j += NV * LANES;                                                                 \
    }

static inline void activate(const REAL *net, REAL *out, const Layer *l, int relu) {
    for (long j = 0; j < l->width; j += LANES) {
        vec x = AT(net + j);
        if (relu) AT(out + j) = SELECT(x > 0, x, SPLAT(0));
        else AT(out + j) = vtanh(x);
    }
}

static inline REAL dot(const REAL *a, const REAL *b, long n) {
    vec s[4] = {{0}, {0}, {0}, {0}};
    long j = 0;
    for (; j + 4 * LANES <= n; j += 4 * LANES)
        for (int v = 0; v < 4; v++) s[v] += AT(a + j + v * LANES) * AT(b + j + v * LANES);
    for (; j < n; j += LANES) s[0] += AT(a + j) * AT(b + j);
    return sum((s[0] + s[1]) + (s[2] + s[3]));
}

/* Σ ½ (d - o)² of an epoch; identity outputs. Buffers: nets, outs, delta of one number per unit. */
static inline double run(REAL *restrict w, const Layer *layer, long n_layers, const REAL *X,
                         const REAL *Y, const int64_t *order, long n, double eta,
                         REAL *restrict nets, REAL *restrict outs, REAL *restrict delta,
                         int relu) {
    const Layer *f = layer, *last = layer + n_layers - 1;
    double error = 0;
    const REAL *x = X + order[0] * f->fan_in, *x_next = x;
    memset(delta, 0, f->width * sizeof(REAL));
    for (long j = 0; j < f->width;) FIRST(1)
    for (long p = 0; p < n; p++) {
        const REAL *y = Y + order[p] * last->fan_out;
        for (const Layer *l = f + 1; l <= last; l++) {
            const Layer *g = l - 1;
            activate(nets + g->units, outs + g->units, g, relu);
            for (long k = 0; k < l->fan_out; k++)
                nets[l->units + k] = w[l->biases + k] +
                    dot(w + l->weights + k * l->stride, outs + g->units, g->width);
        }
        for (long k = 0; k < last->fan_out; k++) {
            REAL r = y[k] - nets[last->units + k];
            error += 0.5 * r * r;
            delta[last->units + k] = eta * r;
        }
        for (const Layer *l = last; l > f; l--) {
            const Layer *g = l - 1;
            const int four = l->fan_out * g->width >= FOUR_FROM * LANES;
            for (long j = 0; j < g->width;) {
                if (four && j + 4 * LANES <= g->width) LATER(4)
                else if (j + 2 * LANES <= g->width) LATER(2)
                else LATER(1)
            }
            for (long k = 0; k < l->width; k += LANES)
                AT(w + l->biases + k) += AT(delta + l->units + k);
            for (long j = 0; j < g->width; j += LANES) {
                vec o = AT(outs + g->units + j), d = AT(delta + g->units + j);
                vec slope = 1 - o * o;
                if (relu) slope = SELECT(o > 0, SPLAT(1), SPLAT(0));
                AT(delta + g->units + j) = d * slope;
            }
        }
        x_next = X + order[p + 1 < n ? p + 1 : p] * f->fan_in;
        for (long j = 0; j < f->width; j += LANES) AT(w + f->biases + j) += AT(delta + j);
        const int four = f->fan_in * f->width >= FOUR_FROM * LANES;
        for (long j = 0; j < f->width;) {
            if (four && j + 4 * LANES <= f->width) FIRST(4)
            else if (j + 2 * LANES <= f->width) FIRST(2)
            else FIRST(1)
        }
        x = x_next;
    }
    return error;
}

double train(REAL *w, const Layer *layer, long n_layers, const REAL *X, const REAL *Y,
             const int64_t *order, long n, double eta, REAL *nets, REAL *outs, REAL *delta,
             int relu) {
    return relu ? run(w, layer, n_layers, X, Y, order, n, eta, nets, outs, delta, 1)
                : run(w, layer, n_layers, X, Y, order, n, eta, nets, outs, delta, 0);
}
