"""The chip's ticks, in whole numbers; compiled where Numba is installed.

One file, since Numba's cache does not see changes of functions in others. `int` takes numbers of
arrays out of their narrow types where this runs as Python.
"""

from ranvier.hardware.chips._jit import jit

# Between samples; before and after the last pair's memory was first written in one.
IDLE, UNWRITTEN, WRITTEN = range(3)
# Tables of generators.
MEMBRANE, OUTPUT, NOISE, WEIGHTS, OUTPUT_WEIGHTS = range(5)
# Recorded signals.
Z, U, E_INP, E_REC, E_OUT, V, VOTES, ERROR, SIGNAL, DERIVATIVE = range(10)
REGISTERS, W_INP, W_REC, W_OUT = range(10, 14)


@jit
def _wrapped(value, bits):
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half


@jit
def _saturated(value):
    return min(max(value, -32768), 32767)


@jit
def _clock(registers, which, table):
    """One clock of a generator whose words are one number of at most 32 bits."""
    state = int(registers[which])
    word, after = 0, 0
    for byte in range(table.shape[0]):
        at = (state >> (8 * byte)) & 255
        word ^= int(table[byte, at, 0])
        after ^= int(table[byte, at, 1])
    registers[which] = after
    return word


@jit
def _clock_row(registers, which, table, words):
    """One clock of a generator of updates: sixteen numbers."""
    state = int(registers[which])
    words[:] = 0
    after = 0
    for byte in range(table.shape[0]):
        at = (state >> (8 * byte)) & 255
        for n in range(16):
            words[n] ^= table[byte, at, n]
        after ^= int(table[byte, at, 16])
    registers[which] = after


@jit
def _scaled(value, factor, shift, draw, rounded):
    product = value * factor
    floor = product >> shift
    if rounded and factor != 1 << shift and (product & ((1 << shift) - 1)) >= draw and floor != 0:
        floor += 1
    return floor


@jit
def _hold(s, last):
    for odd in range(2):
        j = (last & ~1) + odd
        s.held[odd, 0], s.held[odd, 1] = s.u[j], s.e_inp[j]
        s.held[odd, 2], s.held[odd, 3] = s.e_rec[j], s.e_out[j]


@jit
def _rest(c, s):
    """End a sample. What the memory last held is still seen by learning without a target."""
    _hold(s, max(c.num_rec_neur, c.num_inp_neur, c.num_out_neur))
    s.u[:] = 0
    s.e_inp[:] = 0
    s.e_rec[:] = 0
    s.e_out[:] = 0
    s.z[:] = 0
    s.v[:] = 0
    s.votes[:] = 0
    s.phase[0], s.phase[1] = IDLE, -1


@jit
def _step(c, s, tables, alpha, threshold):
    last = max(c.num_rec_neur, c.num_inp_neur, c.num_out_neur)
    rounded, kappa = c.en_stoch_round, c.kappa
    g = s.generators
    for n in range(min(15, last) + 1):
        draw = _clock(g, 5, tables[OUTPUT]) if rounded and kappa != 128 else 0
        if n <= c.num_out_neur:
            s.v[n] = _wrapped(_scaled(int(s.v[n]), kappa, 7, draw, rounded), 16)
    if s.phase[0] == WRITTEN:
        _hold(s, last)
    s.phase[0] = WRITTEN
    spikes = 0
    # With an even register, which only outputs can have, the last pair is left out.
    for j in range((last + 1) & ~1):
        odd, leak, level, u = j & 1, int(alpha[j >> 1]), int(threshold[j >> 1]), int(s.u[j])
        draw = _clock(g, 3 + odd, tables[MEMBRANE]) if rounded and leak != 32768 else 0
        left = _wrapped(_scaled(u, leak, 15, draw, rounded), 16)
        if u >= level:
            left = 0 if c.rst_mode else _wrapped(left - level, 16)
            s.z[j] = 1
            spikes += 1
        else:
            s.z[j] = 0
        s.u[j] = left
        draw = _clock(g, 6 + odd, tables[MEMBRANE]) if rounded else 0
        s.e_inp[j] = _scaled(int(s.e_inp[j]), leak, 15, draw, rounded) & 4095
        draw = _clock(g, 8 + odd, tables[MEMBRANE]) if rounded else 0
        s.e_rec[j] = _scaled(int(s.e_rec[j]), leak, 15, draw, rounded) & 4095
        draw = _clock(g, 10 + odd, tables[OUTPUT]) if rounded else 0
        s.e_out[j] = _scaled(int(s.e_out[j]), kappa, 7, draw, rounded) & 1023
    return spikes


@jit
def _propagate(c, s, tables, x, counts):
    """Deliver spikes and input events; whether the memory word of the last pair was written."""
    last = max(c.num_rec_neur, c.num_inp_neur, c.num_out_neur)
    neurons = c.num_rec_neur | 1
    written = False
    for i in range(max(c.num_inp_neur, c.num_rec_neur) + 1):
        arrives, fired = i < x.shape[0] and x[i] != 0, s.z[i] != 0
        if not (arrives or fired):
            continue
        written |= neurons >> 1 >= last >> 1 or i >> 1 == last >> 1
        counts[0] += arrives
        counts[2] += (int(arrives) + int(fired)) * (c.num_rec_neur + 1)
        if fired:
            counts[2] += c.num_out_neur + 1
            for k in range(c.num_out_neur + 1):
                charge = _wrapped(int(s.w_out[i, k]) << c.fp_loc_wout, 16)
                s.v[k] = _saturated(int(s.v[k]) + charge)
        noise = 0
        for j in range(neurons + 1):
            a = _wrapped(int(s.w_inp[i, j]) << c.fp_loc_winp, 16) if arrives else 0
            r = _wrapped(int(s.w_rec[i, j]) << c.fp_loc_wrec, 16) if fired else 0
            charge, u, shaken = _saturated(a + r), int(s.u[j]), 0
            if c.noise_en:
                if j & 1:
                    noise >>= 16
                else:
                    noise = _clock(s.generators, 12, tables[NOISE])
                shaken = _wrapped(noise & 65535, 16) >> c.noise_str
            y = _wrapped(u + charge + shaken, 16)
            if u >= 0 and charge >= 0 and y < 0:
                y = 32767
            if u < 0 and charge < 0 and y >= 0:
                y = -32768
            s.u[j] = y
        if arrives and (c.do_eprop & 1 or c.force_traces):
            s.e_inp[i] = min(int(s.e_inp[i]) + (8 << c.fp_loc_tinp), 4095)
        if fired and (c.do_eprop & 2 or c.force_traces):
            s.e_rec[i] = min(int(s.e_rec[i]) + (8 << c.fp_loc_trec), 4095)
        if fired and (c.do_eprop & 4 or c.force_traces):
            s.e_out[i] = min(int(s.e_out[i]) + (2 << c.fp_loc_tout), 1023)
        s.z[i] = 0
    return written


@jit
def _updated(weight, change, bits, left, right, draw):
    """A weight after a step that chance allows; 128 where there is none."""
    if change == 0:
        return 128
    size = min(abs(change) << left, (1 << bits) - 1) >> right
    if change != -(1 << (bits - 1)) and size < draw:
        return 128
    return min(weight + 1, 127) if change > 0 else max(weight - 1, -128)


@jit
def _errors(c, s, label, target, error):
    for k in range(c.num_out_neur + 1):
        y = int(s.v[k])
        if not c.no_out_act:
            y = 2048 if y > 2047 else (0 if y < -2048 else (y + 2048) >> 1)
        wanted = int(target[k]) if c.regression else (2048 if k == label else 0)
        error[k] = _saturated(wanted - y)


@jit
def _pseudo_derivative(c, u):
    if u < c.thr_h_0:
        return c.h_0
    if u < c.thr_h_1:
        return c.h_1
    if u < c.thr_h_2:
        return c.h_2
    if u < c.thr_h_3:
        return c.h_3
    return c.h_4


@jit
def _learning_signal(c, s, j, error):
    total = 0
    for k in range(c.num_out_neur + 1):
        total += int(error[k]) * int(s.w_out[j, k])
    signal = _wrapped(total, 28)
    shifted = signal << c.learn_sig_scale
    if shifted != _wrapped(shifted, 28):
        return 32767 if signal >= 0 else -32768
    return shifted >> 12


@jit
def _update_row(c, s, recurrent, i, block, trace, taught, local, tables, words):
    """Sixteen weights from one input or neuron; `local` has learning signal, pseudo-derivative
    and excess of activity of the sixteen neurons."""
    weights = s.w_rec if recurrent else s.w_inp
    chosen = c.regul_w >> 1 & 1 if recurrent else c.regul_w & 1
    up, down, left, right = c.regul_k_inp_p, c.regul_k_inp_r, c.lr_p_winp, c.lr_r_winp
    if recurrent:
        up, down, left, right = c.regul_k_rec_p, c.regul_k_rec_r, c.lr_p_wrec, c.lr_r_wrec
    _clock_row(s.generators, recurrent, tables[WEIGHTS], words)
    changed = 0
    for n in range(16):
        learns = taught and local[1, n] != 0
        if not (learns or (c.regul_mode != 0 and chosen)):
            continue
        excess = int(local[2, n])
        e = 0
        if learns:
            e = _wrapped(int(local[0, n]) * trace * int(local[1, n]), 32)
        taken = 0
        if c.regul_mode & 2 and chosen:
            taken = ((excess << up) & 0xFFFFFFFF) >> down
        scale = 16
        if c.regul_mode & 1 and c.regul_w:
            scale = 16 - min(excess >> c.regul_k_mul, 16)
        q = 16 * e if e < 0 else scale * e
        change = _wrapped((q >> 4) - taken, 32)
        if change >= 0 and q >> 31 & 1:
            change = -(1 << 31)
        j = 16 * block + n
        after = _updated(int(weights[i, j]), change, 32, left, right, int(words[n]))
        if after != 128:
            weights[i, j] = 0 if recurrent and i == j else after
            changed += 1
    return changed


@jit
def _learn(c, s, tables, taught, work, kept, t, counts):
    error, words, local = work[0], work[1], work[2:]
    reached, neurons, inputs = max(c.num_inp_neur, c.num_rec_neur), c.num_rec_neur, c.num_inp_neur
    every_tick = c.regul_mode >> 1 == 3
    for block in range((neurons >> 4) + 1):
        any_excess = False
        for n in range(16):
            j = 16 * block + n
            if c.do_eprop == 4 and j > neurons:
                break
            # Beyond the last neuron the memory still shows its pair.
            at = j if j <= reached else (reached & ~1) + (j & 1)
            u, rec, out = int(s.u[at]), int(s.e_rec[at]), int(s.e_out[at])
            if not taught:
                u, rec, out = int(s.held[j & 1, 0]), int(s.held[j & 1, 2]), int(s.held[j & 1, 3])
            used = j <= neurons and c.do_eprop & 3 != 0
            local[0, n] = _learning_signal(c, s, j, error) if used else 0
            local[1, n] = _pseudo_derivative(c, u)
            local[2, n] = 0
            if c.regul_mode != 0:
                local[2, n] = max((rec >> c.fp_loc_trec) - c.regul_f0, 0)
                any_excess |= local[2, n] != 0
            if kept[SIGNAL].shape[0]:
                kept[SIGNAL][t, j] = local[0, n]
            if kept[DERIVATIVE].shape[0]:
                kept[DERIVATIVE][t, j] = local[1, n]
            trace = out >> c.fp_loc_tout
            if taught and c.do_eprop & 4 and j <= neurons and trace != 0:
                _clock_row(s.generators, 2, tables[OUTPUT_WEIGHTS], words)
                for k in range(c.num_out_neur + 1):
                    change = _wrapped(int(error[k]) * trace, 28)
                    left, right = c.lr_p_wout, c.lr_r_wout
                    after = _updated(int(s.w_out[j, k]), change, 28, left, right, int(words[k]))
                    if after != 128:
                        s.w_out[j, k] = after
                        counts[3] += 1
        if c.do_eprop == 4:
            continue
        for i in range(reached + 1):
            inp, rec = int(s.e_inp[i]), int(s.e_rec[i])
            if not taught:
                inp, rec = int(s.held[i & 1, 1]), int(s.held[i & 1, 2])
            if c.do_eprop & 1 and i <= inputs and (taught or (every_tick and c.regul_w & 1)):
                trace = inp >> c.fp_loc_tinp
                if trace != 0 or any_excess:
                    counts[3] += _update_row(c, s, 0, i, block, trace, taught, local, tables, words)
            if c.do_eprop & 2 and i <= neurons and (taught or (every_tick and c.regul_w & 2)):
                trace = rec >> c.fp_loc_trec
                if trace != 0 or any_excess:
                    counts[3] += _update_row(c, s, 1, i, block, trace, taught, local, tables, words)


@jit
def _winner(scores, last):
    best = 0
    for k in range(1, last + 1):
        if scores[k] > scores[best]:
            best = k
    return best


@jit
def _send(c, s, tick, sent, count):
    if c.send_label_only:
        sent[count, 0], sent[count, 1] = tick, _winner(s.votes, c.num_out_neur)
        return count + 1
    for k in range(c.num_out_neur + 1):
        for shift in (0, 8):
            sent[count, 0], sent[count, 1] = tick, int(s.v[k]) >> shift & 255
            count += 1
    return count


# Number by number: assigning to slices takes Numba seconds to compile, for its error messages.
@jit
def _keep(kept, t, signal):
    if kept.shape[0]:
        for n in range(kept.shape[1]):
            kept[t, n] = signal[n]


@jit
def _keep_matrix(kept, t, signal):
    if kept.shape[0]:
        for n in range(kept.shape[1]):
            for m in range(kept.shape[2]):
                kept[t, n, m] = signal[n, m]


@jit
def run_ticks(c, s, tables, cells, pins, x, target, work, kept, sent, counts, answer):
    """Ticks of one sample; the state is changed in place.

    Args:
        c: registers.
        s: the state.
        tables: of the generators.
        cells: leak and threshold per pair, `[2, 128]`.
        pins: per tick, whether it is the last, whether votes count, whether a target is valid.
        x: events, `[ticks, inputs]`.
        target: label per tick `[ticks, 1]`, or numbers `[ticks, outputs]`.
        work: room for errors, random words and three rows of a block.
        kept: room for signals to be recorded, in the order of `Recorded`.
        sent: `[bytes, 2]`, tick and byte.
        counts: input events, spikes, synaptic operations, changes of weights; added to.
        answer: `[2, 16]`, gets votes and output membranes as they were after the last step.

    Returns:
        How many bytes were sent.
    """
    error, every_tick, count = work[0], c.regul_mode >> 1 == 3, 0
    for t in range(x.shape[0]):
        ends, votes, taught = pins[t, 0] != 0, pins[t, 1] != 0, pins[t, 2] != 0
        first = s.phase[0] == IDLE
        if not first:
            counts[1] += _step(c, s, tables, cells[0], cells[1])
        _keep(kept[Z], t, s.z)
        _keep(kept[U], t, s.u)
        _keep(kept[E_INP], t, s.e_inp)
        _keep(kept[E_REC], t, s.e_rec)
        _keep(kept[E_OUT], t, s.e_out)
        _keep(kept[V], t, s.v)
        if not first and votes and not c.regression:
            s.votes[_winner(s.v, c.num_out_neur)] += 1
        _keep(kept[VOTES], t, s.votes)
        if t == x.shape[0] - 1:
            _keep(answer, 0, s.votes)
            _keep(answer, 1, s.v)
        if ends:
            count = _send(c, s, t, sent, count)
            _rest(c, s)
        else:
            if not first and c.do_eprop and (taught or every_tick):
                error[:] = 0
                if taught:
                    if s.phase[1] < 0 or not c.single_label:
                        s.phase[1] = target[t, 0]
                    _errors(c, s, s.phase[1], target[t], error)
                    _keep(kept[ERROR], t, error)
                _learn(c, s, tables, taught, work, kept, t, counts)
            if not first and c.send_per_timestep:
                count = _send(c, s, t, sent, count)
            written = _propagate(c, s, tables, x[t], counts)
            if first:
                s.phase[0] = WRITTEN if written else UNWRITTEN
        _keep(kept[REGISTERS], t, s.generators)
        _keep_matrix(kept[W_INP], t, s.w_inp)
        _keep_matrix(kept[W_REC], t, s.w_rec)
        _keep_matrix(kept[W_OUT], t, s.w_out)
    return count
