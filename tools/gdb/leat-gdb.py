# SPDX-License-Identifier: MIT
"""Leat in gdb: slices, strings, channels and maps are printed as what they
hold, and there are commands for goroutines.

    (gdb) source leat-gdb.py
    (gdb) p s                      {1, 2, 3}, and len and cap
    (gdb) leat goroutines          all of them, with what they wait for
    (gdb) leat bt 7                the frames of goroutine 7; `leat bt all`
    (gdb) leat goroutine 7 up 2    any command about frames, for goroutine 7
    (gdb) p $leat_g(7)             its descriptor

Idea: a handle's type says what it is (a channel of T is `T (**)(struct
leat_chan *)`, a map from K to V `V (**)(struct leat_map *, K *)`), so that
typed values can be shown without help of the program. struct hchan and struct
hmap have no printer: `p *(struct hchan *)ch` shows their fields. The frames of
a goroutine that waits are found by an unwinder that answers for the innermost
frame with the registers the goroutine has saved, so it works in core files,
too. Nothing is called or written in the program.

Rejected: setting the registers of a thread and putting them back: a core file
has none to set, and an error between the two ruins the process.
"""

import os
import re

import gdb
import gdb.printing
import gdb.unwinder

COLOURS = 12         # G_COLOURS of sched/g.c
TAG_MIN = 5          # LEAT__TAG_MIN: smaller tags are no keys
TAG_EVACUATED = 4
BUCKET_SLOTS = 8
ELEMENTS_MAX = 200   # more are not looked at unless gdb asks
ADDRESS_BITS = 48    # of the link in a bucket
USER_MAIN = 'leat__user_main'  # leat_main in the program's source


def lookup(name):
    return gdb.lookup_type(name)


def char_pointer():
    return lookup('char').pointer()


def pointer_at(address, type_name):
    return gdb.Value(int(address)).cast(lookup(type_name).pointer())


def number(value):
    """value as an int; None when the compiler has dropped this part of a
    struct, which gdb would give as 0."""
    try:
        return int(value.format_string(raw=True).split()[0], 0)
    except (gdb.error, ValueError):
        return None


# Printers ----------------------------------------------------------------

class SlicePrinter:
    """Three words: ptr, len, cap."""

    def __init__(self, value):
        self.value = value
        self.words = [number(value[n]) for n in ('ptr', 'len', 'cap')]

    def to_string(self):
        if self.words[0] == 0:
            return 'nil slice'
        return 'slice of len %s, cap %s' % tuple(
            'unknown' if n is None else n for n in self.words[1:])

    def children(self):
        if not self.words[0]:
            return
        for i in range(self.words[1] or 0):
            yield '[%d]' % i, (self.value['ptr'] + i).dereference()

    def display_hint(self):
        return 'array'


class StrPrinter:
    """Two words: ptr, len; any bytes."""

    def __init__(self, value):
        self.value = value
        self.length = number(value['len'])

    def to_string(self):
        if self.length is None:
            return 'string of len unknown'
        if self.length <= 0:
            return ''
        return self.value['ptr'].lazy_string(length=self.length)

    def display_hint(self):
        return None if self.length is None else 'string'


class ChanPrinter:
    """A handle `T (**)(struct leat_chan *)`: the values in the buffer."""

    def __init__(self, value, element):
        self.value = value
        self.element = element

    def hchan(self):
        return pointer_at(self.value, 'struct hchan').dereference()

    def to_string(self):
        if int(self.value) == 0:
            return 'nil channel'
        c = self.hchan()
        text = 'channel %#x of len %d, cap %d' % (
            int(self.value), int(c['qcount']), int(c['dataqsiz']))
        for field, what in (('recvq', 'receiver'), ('sendq', 'sender')):
            n = sum(1 for _ in queue(c[field]))
            if n:
                text += ', %d %s%s waiting' % (n, what, 's' if n > 1 else '')
        return text + (', closed' if int(c['closed']) else '')

    def children(self):
        if int(self.value) == 0 or self.element.code == gdb.TYPE_CODE_VOID:
            return
        c = self.hchan()
        room = int(c['dataqsiz'])
        values = c['buf'].cast(self.element.pointer())
        for i in range(int(c['qcount'])):
            at = (int(c['recvx']) + i) % room
            yield '[%d]' % i, (values + at).dereference()

    def display_hint(self):
        return 'array'


def queue(q):
    """The queue entries of struct waitq."""
    s = q['first']
    while int(s) != 0:
        yield s.dereference()
        s = s['next']


class MapPrinter:
    """A handle `V (**)(struct leat_map *, K *)`: its entries."""

    def __init__(self, value, key, element):
        self.value = value
        self.key = key
        self.element = element

    def hmap(self):
        return pointer_at(self.value, 'struct hmap').dereference()

    def to_string(self):
        if int(self.value) == 0:
            return 'nil map'
        h = self.hmap()
        growing = ', growing' if int(h['oldbuckets']) else ''
        return 'map %#x of len %d, B %d%s' % (
            int(self.value), int(h['count']), int(h['B']), growing)

    def children(self):
        if int(self.value) == 0 or int(self.hmap()['extra']) == 0:
            return
        flags = int(self.hmap()['extra']['t']['flags'])
        offset = int(self.hmap()['extra']['t']['elem_offset'])
        n = 0
        for slot in map_slots(self.hmap()):
            key = read(slot, self.key, flags & flag('KEY'))
            element = read(slot + offset, self.element, flags & flag('ELEM'))
            yield 'key %d' % n, key
            yield 'element %d' % n, element
            n += 1

    def display_hint(self):
        return 'map'


def flag(what):
    return int(gdb.parse_and_eval('LEAT__MAP_INDIRECT_' + what))


def read(address, kind, indirect):
    at = address.cast(kind.pointer().pointer())
    return (at.dereference() if indirect
            else address.cast(kind.pointer())).dereference()


def bucket_slots(bucket, slots, size):
    """The slots in use of a chain that begins with bucket."""
    bucket_type = lookup('struct leat__bucket')
    while int(bucket) != 0:
        tags = int(bucket['tags'])
        for i in range(BUCKET_SLOTS):
            if (tags >> 8 * i) & 0xff >= TAG_MIN:
                yield slots + i * size
        link = int(bucket['next']) & ((1 << ADDRESS_BITS) - 1)
        bucket = gdb.Value(link).cast(bucket_type.pointer())
        slots = (bucket + 1).cast(char_pointer())


def map_slots(h):
    """The addresses of the slots in use: those of old buckets that have not
    moved yet, and of the new ones."""
    extra = h['extra'].dereference()
    size = int(extra['t']['slot_size'])
    bucket_type = lookup('struct leat__bucket').pointer()
    same = int(h['flags']) & int(gdb.parse_and_eval('sameSizeGrow'))
    arrays = []
    if int(h['oldbuckets']):
        bits = int(h['B']) - (0 if same else 1)
        arrays.append((h['oldbuckets'], extra['oldslots'], bits, True))
    if int(h['buckets']):
        arrays.append((h['buckets'], extra['slots'], int(h['B']), False))
    for buckets, slots, bits, old in arrays:
        first = buckets.cast(bucket_type)
        for i in range(1 << bits):
            bucket = first + i
            if old and int(bucket['tags']) & 0xff == TAG_EVACUATED:
                continue
            yield from bucket_slots(
                bucket, slots + i * BUCKET_SLOTS * size, size)


def handle_printer(value):
    """The printer for the handle of a channel or a map, or None."""
    kind = value.type.strip_typedefs()
    for _ in range(2):
        if kind.code != gdb.TYPE_CODE_PTR:
            return None
        kind = kind.target().strip_typedefs()
    if kind.code != gdb.TYPE_CODE_FUNC:
        return None
    parameters = [f.type for f in kind.fields()]
    if not parameters or parameters[0].code != gdb.TYPE_CODE_PTR:
        return None
    tag = parameters[0].target().strip_typedefs().tag
    if tag == 'leat_chan' and len(parameters) == 1:
        return ChanPrinter(value, kind.target())
    if tag == 'leat_map' and len(parameters) == 2:
        return MapPrinter(value, parameters[1].target(), kind.target())
    return None


class Printers(gdb.printing.PrettyPrinter):
    """Chooses by the shape of the type: slices have names of the user's."""

    def __init__(self):
        super().__init__('leat')

    def __call__(self, value):
        kind = value.type.strip_typedefs()
        if kind.code == gdb.TYPE_CODE_PTR:
            return handle_printer(value)
        if kind.code != gdb.TYPE_CODE_STRUCT:
            return None
        names = [f.name for f in kind.fields()]
        if names == ['ptr', 'len', 'cap']:
            return SlicePrinter(value)
        if names == ['ptr', 'len'] and kind.tag == 'leat_str':
            return StrPrinter(value)
        return None


# Goroutines --------------------------------------------------------------

def status_name(g):
    return str(gdb.Value(int(g['status'])).cast(
        lookup('enum leat__g_status'))).split('_', 1)[1].lower()


def wait_text(reason):
    texts = gdb.parse_and_eval('leat__wait_texts')
    return texts[int(reason)].string()


def slab_goroutines():
    default = int(gdb.parse_and_eval('leat__stack_slot'))
    size = lookup('struct leat__g').sizeof
    count = int(gdb.parse_and_eval('stack_slab_count'))
    slabs = gdb.parse_and_eval('stack_slabs')
    for n in range(count):
        slab = pointer_at(slabs[n], 'struct stack_slab').dereference()
        base = int(slab['base'])
        for i in range(int(slab['used'])):
            # As g_at of sched/g.c.
            hi = base + (i + 1) * default
            at = hi - hi // default % COLOURS * 64 - size
            yield pointer_at(at & ~63, 'struct leat__g')


def goroutines():
    """The descriptors of all that live, the runtime's own left out."""
    def usable(g):
        return status_name(g) not in ('idle', 'dead') and not g['system']
    for g in slab_goroutines():
        if usable(g):
            yield g
    odd = gdb.parse_and_eval('leat__sched.odd_gs')
    while int(odd) != 0:
        g = pointer_at(odd, 'struct leat__g')
        if usable(g):
            yield g
        odd = g['all_next']


def find(goid):
    for g in goroutines():
        if int(g['goid']) == goid:
            return g
    raise gdb.GdbError('there is no goroutine %d' % goid)


def thread_of(g):
    """The gdb thread that runs g, or None."""
    m = int(g['m'])
    before = gdb.selected_thread()
    if m == 0 or before is None:
        return None
    found = None
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        try:
            if int(gdb.parse_and_eval('leat__tls_m')) == m:
                found = thread
                break
        except gdb.error:
            pass
    before.switch()
    return found


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class ParkedUnwinder(gdb.unwinder.Unwinder):
    """While `context` is set, behind the innermost frame come those of the
    goroutine that has saved these registers."""

    REGISTERS = {'i386:x86-64': ('rip', 'rsp', 'rbp'),
                 'aarch64': ('pc', 'sp', 'x29')}

    def __init__(self):
        super().__init__('leat')
        self.context = None

    def __call__(self, pending):
        if self.context is None or pending.level() != 0:
            return None
        names = self.REGISTERS.get(pending.architecture().name())
        if names is None:
            return None
        pc, sp = pending.read_register(names[0]), pending.read_register(
            names[1])
        info = pending.create_unwind_info(FrameId(sp, pc))
        for name, saved in zip(names, self.context):
            kind = pending.read_register(name).type
            info.add_saved_register(
                name, gdb.Value(saved).cast(lookup('unsigned long'))
                .cast(kind))
        return info


PARKED = ParkedUnwinder()


class Frames:
    """with Frames(g) as first: gdb's frames are g's, its innermost is number
    `first`."""

    def __init__(self, g):
        self.g = g

    def __enter__(self):
        self.before = gdb.selected_thread()
        if self.before is None:
            raise gdb.GdbError('the program does not run')
        self.frame = gdb.selected_frame()
        if status_name(self.g) == 'running':
            thread = thread_of(self.g)
            if thread is None:
                raise gdb.GdbError('its thread is not known')
            thread.switch()
            return 0
        context = self.g['context']
        PARKED.context = [int(context[n]) for n in ('pc', 'sp', 'fp')]
        gdb.invalidate_cached_frames()
        return 1

    def __exit__(self, *_):
        PARKED.context = None
        gdb.invalidate_cached_frames()
        self.before.switch()
        if self.frame.is_valid():
            self.frame.select()


def library_sources():
    """What the paths of the runtime's own sources begin with, or None."""
    symbol = gdb.lookup_global_symbol('leat_run')
    if symbol is None or symbol.symtab is None:
        return None
    path = symbol.symtab.fullname()
    if os.path.basename(path) == 'leat.c':  # the library as two files
        return path
    return os.path.dirname(os.path.dirname(path)) + '/'


def is_runtime(frame, sources):
    """Whether a frame is the runtime's or the system's. A program may have
    sources and functions of any name, so those of a known file are told by
    it."""
    name = frame.name() or ''
    if name == USER_MAIN:
        return False
    symtab = frame.find_sal().symtab
    if symtab is None or symtab.filename.startswith('.'):  # libc's
        return not name or name.startswith(('leat_', 'futex', 'syscall'))
    if sources is not None and symtab.fullname().startswith(sources):
        return True
    return name.startswith('leat__')  # of a public header


def user_frame(first):
    """The innermost frame that is not the runtime's, as text."""
    frame = gdb.newest_frame()
    for _ in range(first):
        frame = frame.older()
    shown = frame
    sources = library_sources()
    while frame is not None:
        if not is_runtime(frame, sources):
            name = frame.name()
            where = frame.find_sal()
            return '%s (%s:%d)' % (
                'leat_main' if name == USER_MAIN else name,
                where.symtab.filename if where.symtab else '?', where.line)
        frame = frame.older()
    return shown.name() if shown is not None else None


def where(g):
    try:
        with Frames(g) as first:
            return user_frame(first) or '?'
    except (gdb.error, gdb.GdbError):
        return '?'


def describe(g):
    name = g['name'].string()
    status = status_name(g)
    if status == 'waiting':
        status = wait_text(g['wait_reason'])
        if int(g['wait_on']):
            status += ' %#x' % int(g['wait_on'])
    title = '%d' % int(g['goid']) + (' "%s"' % name if name else '')
    if g['foreign']:
        title = 'thread'
    return '%-6s [%s]' % (title, status)


def backtrace(g, arguments):
    with Frames(g) as first:
        text = gdb.execute('bt ' + arguments, to_string=True)
    lines = text.splitlines()
    if first:
        # The frame in front is that of the thread gdb stands in.
        lines = [re.sub(r'^#(\d+)', lambda m: '#%d' % (int(m[1]) - first), s)
                 for s in lines[1:]]
    print('\n'.join(lines))


# Commands ----------------------------------------------------------------

class Leat(gdb.Command):
    """Commands for programs that use Leat."""

    def __init__(self):
        super().__init__('leat', gdb.COMMAND_STACK, prefix=True)


class LeatGoroutines(gdb.Command):
    """leat goroutines: number, name, status and place of each goroutine.

With a word, only those whose line contains it: leat goroutines select"""

    def __init__(self):
        super().__init__('leat goroutines', gdb.COMMAND_STATUS)

    def invoke(self, argument, _from_tty):
        here = gdb.selected_thread()
        current = 0
        try:
            m = pointer_at(gdb.parse_and_eval('leat__tls_m'),
                           'struct leat__m')
            current = int(m['g'])
        except gdb.error:
            pass
        n = 0
        for g in sorted(goroutines(), key=lambda g: int(g['goid'])):
            line = '%s %s %s' % ('*' if int(g) == current else ' ',
                                 describe(g), where(g))
            if argument in line:
                print(line)
                n += 1
        if here is not None:
            here.switch()
        print('%d goroutine%s' % (n, '' if n == 1 else 's'))


class LeatBt(gdb.Command):
    """leat bt N [ARGUMENTS]: the frames of goroutine N; N may be `all`.

The arguments are those of gdb's backtrace: leat bt 7 full"""

    def __init__(self):
        super().__init__('leat bt', gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        words = argument.split(None, 1)
        if not words:
            raise gdb.GdbError('leat bt N, or leat bt all')
        rest = words[1] if len(words) > 1 else ''
        if words[0] != 'all':
            backtrace(find(int(words[0])), rest)
            return
        for g in sorted(goroutines(), key=lambda g: int(g['goid'])):
            print('\ngoroutine ' + describe(g))
            try:
                backtrace(g, rest)
            except (gdb.error, gdb.GdbError) as error:
                print(error)


class LeatGoroutine(gdb.Command):
    """leat goroutine N COMMAND: runs COMMAND with the frames of goroutine N.

As in `leat goroutine 7 info locals`; frame 0 is its innermost."""

    def __init__(self):
        super().__init__('leat goroutine', gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        words = argument.split(None, 1)
        if len(words) < 2:
            raise gdb.GdbError('leat goroutine N COMMAND')
        with Frames(find(int(words[0]))) as first:
            frame = gdb.newest_frame()
            for _ in range(first):
                frame = frame.older()
            frame.select()
            gdb.execute(words[1])


class LeatG(gdb.Function):
    """$leat_g(N): the descriptor of goroutine N, a struct leat__g *."""

    def __init__(self):
        super().__init__('leat_g')

    def invoke(self, goid):
        return find(int(goid))


def register(objfile=None):
    gdb.printing.register_pretty_printer(objfile, Printers(), replace=True)
    gdb.unwinder.register_unwinder(objfile, PARKED, replace=True)
    for command in (Leat, LeatGoroutines, LeatBt, LeatGoroutine, LeatG):
        command()


register()
