# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Propagation of one route class over a graph of numbers, in the activation order of ``routeng.bgp.solve``.

``routeng.bgp.compiled`` translates a graph whose speakers and sessions use standard features only; everything here
follows ``routeng.bgp.exchange`` step by step, and property tests hold the two together.

AS paths are hash-consed lists (AS, rest).  A record (``Rec``) is one set of attributes: numbers, and indices of
things interned by Python (community sets, next hops, rare attributes).  A link has one slot, the receiver's
Adj-RIB-In after policy.  Deciding gathers the usable slots of a speaker into columns for ``_decide.h``.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

cdef extern from "_decide.h" nogil:
    ctypedef struct rt_rules:
        int steps
        const uint32_t *column[16]
        uint32_t flip[16]
        int med
        const uint32_t *group
        int always_med
        int deterministic
    int64_t rt_decide(const rt_rules *r, int64_t start, int64_t n, const uint8_t *eligible, int64_t *scratch,
                      uint8_t *step, int64_t *lost_to)

cdef enum:
    ABSENT = 0
    ACCEPTED = 1
    REFUSED = 2
    MAX_PATH = 1000

cdef enum:  # bits of a community set's mask
    NO_EXPORT = 1
    NO_ADVERTISE = 2
    LOCAL_AS = 4

cdef enum:  # columns a speaker may decide by, in the order of compiled.COLUMNS
    WEIGHT, LOCAL_PREF, LOCAL_ORIGIN, AS_PATH, ORIGIN, MED, EXTERNAL, IGP, CONFED, ROUTER_ID, CLUSTERS, PEER
    COLUMN_COUNT

cdef struct Rec:
    int32_t path
    int32_t misc
    int32_t comm
    int32_t hop
    uint32_t local_pref
    uint32_t med
    int32_t weight
    uint8_t origin
    uint8_t has_local_pref
    uint8_t has_med
    uint8_t spare

cdef struct PathNode:
    uint64_t mask
    uint32_t asn
    int32_t rest
    int32_t hops

cdef struct Misc:
    uint32_t originator
    uint8_t has_originator
    int32_t clusters
    int32_t plain
    uint32_t *cluster_list

cdef struct Rule:
    uint64_t need
    uint32_t contains
    int32_t low, high
    int64_t med
    int32_t hop
    int8_t origin
    uint8_t deny
    int64_t set_weight, set_local_pref, set_med
    int8_t set_origin
    int32_t set_hop
    int32_t prepend, prepends
    int8_t comm_mode          # 0 leave, 1 constant, 2 by table
    int32_t comm
    int32_t index

cdef struct Link:
    int32_t sender, receiver, reverse
    uint8_t ibgp, client_out, client_in, horizon, next_hop_mode, send_med, prepend_own, connected
    uint8_t override, remove_private
    int32_t own_hop, fixed_hop
    int32_t export_first, export_count, import_first, import_count
    uint8_t export_deny, import_deny, own_allowed
    int32_t weight, allowas_in
    int64_t local_pref
    int32_t refuse, refuses, strip, strips
    uint32_t peer_rank

cdef struct Speaker:
    uint32_t asn, router_id, cluster
    uint64_t honours
    int32_t out_first, out_count, in_first, in_count
    int32_t steps
    uint8_t ops[16]
    uint8_t med_worst, always_med, deterministic, has_igp, reflect_clients
    int32_t med_at


cdef class Table:
    """What one class ended with: best choices and the slots in use.  Made by ``Network.run``."""

    cdef Rec *recs
    cdef int32_t *links
    cdef uint8_t *status
    cdef int32_t *best
    cdef uint8_t *changes
    cdef uint8_t *crossed
    cdef Py_ssize_t held, speakers, link_count
    cdef readonly Py_ssize_t activations

    def __dealloc__(self):
        free(self.recs)
        free(self.links)
        free(self.status)
        free(self.best)
        free(self.changes)
        free(self.crossed)

    @property
    def size(self):
        """Bytes held outside Python objects."""
        return (self.held * (sizeof(Rec) + 5) + self.speakers * 5 + (self.link_count + 7) // 8)

    def __len__(self):
        return self.held

    def choice(self, Py_ssize_t speaker):
        """The link of the speaker's best path, -2-k for its own k-th route, -1 for none."""
        return self.best[speaker]

    def changed(self, Py_ssize_t speaker):
        """How often the speaker's best path changed (at most 255)."""
        return self.changes[speaker]

    def did_cross(self, Py_ssize_t link):
        """Whether anything was ever announced on the link."""
        return bool(self.crossed[link >> 3] & (1 << (link & 7)))

    def state(self, Py_ssize_t link):
        """0 nothing announced, 1 accepted, 2 refused by the receiver."""
        cdef Py_ssize_t at = self._find(link)
        return ABSENT if at < 0 else self.status[at]

    cdef Py_ssize_t _find(self, Py_ssize_t link) noexcept:
        cdef Py_ssize_t low = 0, high = self.held, middle
        while low < high:
            middle = (low + high) >> 1
            if self.links[middle] < link:
                low = middle + 1
            else:
                high = middle
        return low if low < self.held and self.links[low] == link else -1

    def equals(self, Table other not None):
        """Whether choices and accepted routes are the same."""
        return (
            self.held == other.held
            and self.speakers == other.speakers
            and memcmp(self.best, other.best, self.speakers * sizeof(int32_t)) == 0
            and memcmp(self.links, other.links, self.held * sizeof(int32_t)) == 0
            and memcmp(self.status, other.status, self.held) == 0
            and memcmp(self.recs, other.recs, self.held * sizeof(Rec)) == 0
        )

    def chosen(self):
        """How many speakers have a best path."""
        cdef Py_ssize_t i, n = 0
        for i in range(self.speakers):
            n += self.best[i] != -1
        return n


cdef class Network:
    """A graph as numbers.  Filled by ``compiled.compile_graph`` through the ``add_*`` methods, then ``ready``."""

    cdef Link *links
    cdef Speaker *speakers
    cdef Rule *rules
    cdef Misc *miscs
    cdef uint64_t *comm_masks
    cdef int32_t *hop_owner
    cdef uint32_t *numbers
    cdef int32_t *out_links
    cdef int32_t *in_links
    cdef readonly Py_ssize_t link_count, speaker_count, rule_count, misc_count, comm_count, hop_count, number_count
    cdef PathNode *nodes
    cdef int32_t *buckets
    cdef Py_ssize_t node_count, node_room, bucket_mask
    cdef readonly object misc_of, comm_of, metric_of, reflect_of
    cdef dict _metrics, _comm_changes, _reflections
    # scratch of one run
    cdef Rec *slot
    cdef uint8_t *status
    cdef int32_t *metric
    cdef Rec *best_rec
    cdef int32_t *best
    cdef uint8_t *changes, *waiting, *started, *crossed
    cdef int32_t *ring
    cdef Rec *own
    cdef int32_t *own_first, *own_count
    cdef uint32_t *columns
    cdef uint32_t *groups
    cdef int64_t *scratch
    cdef int32_t *candidate
    cdef Py_ssize_t widest, own_room
    cdef uint32_t *walk

    def __cinit__(self):
        self.node_room = 1024
        self.nodes = <PathNode *>malloc(self.node_room * sizeof(PathNode))
        self.bucket_mask = 4095
        self.buckets = <int32_t *>malloc((self.bucket_mask + 1) * sizeof(int32_t))
        self.walk = <uint32_t *>malloc((MAX_PATH + 300) * 2 * sizeof(uint32_t))
        if self.nodes == NULL or self.buckets == NULL or self.walk == NULL:
            raise MemoryError
        memset(self.buckets, 0xFF, (self.bucket_mask + 1) * sizeof(int32_t))
        self.nodes[0].asn = 0
        self.nodes[0].rest = 0
        self.nodes[0].hops = 0
        self.nodes[0].mask = 0
        self.node_count = 1
        self._metrics, self._comm_changes, self._reflections = {}, {}, {}

    def __init__(self, metric_of, comm_of, reflect_of):
        self.metric_of, self.comm_of, self.reflect_of = metric_of, comm_of, reflect_of

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.misc_count):
            free(self.miscs[i].cluster_list)
        for pointer in (<size_t>self.links, <size_t>self.speakers, <size_t>self.rules, <size_t>self.miscs,
                        <size_t>self.comm_masks, <size_t>self.hop_owner, <size_t>self.numbers,
                        <size_t>self.out_links, <size_t>self.in_links, <size_t>self.nodes, <size_t>self.buckets,
                        <size_t>self.slot, <size_t>self.status, <size_t>self.metric, <size_t>self.best_rec,
                        <size_t>self.best, <size_t>self.changes, <size_t>self.waiting, <size_t>self.started,
                        <size_t>self.crossed, <size_t>self.ring, <size_t>self.own, <size_t>self.own_first,
                        <size_t>self.own_count, <size_t>self.columns, <size_t>self.groups, <size_t>self.scratch,
                        <size_t>self.candidate, <size_t>self.walk):
            free(<void *><size_t>pointer)

    # -- filling -------------------------------------------------------------------------------------------------

    def add_numbers(self, values):
        """Append AS numbers to the pool; returns (first, count)."""
        cdef Py_ssize_t first = self.number_count
        self.numbers = <uint32_t *>_grow(self.numbers, (first + len(values) + 1) * sizeof(uint32_t))
        for value in values:
            self.numbers[self.number_count] = value
            self.number_count += 1
        return first, len(values)

    def add_speaker(self, **v):
        """Append a speaker (see ``compiled``)."""
        cdef Speaker *s
        self.speakers = <Speaker *>_grow(self.speakers, (self.speaker_count + 1) * sizeof(Speaker))
        s = &self.speakers[self.speaker_count]
        memset(s, 0, sizeof(Speaker))
        s.asn, s.router_id, s.cluster = v["asn"], v["router_id"], v["cluster"]
        s.honours = v["honours"]
        s.steps = len(v["ops"])
        s.med_at = s.steps
        for i, op in enumerate(v["ops"]):
            s.ops[i] = op
            if op == MED:
                s.med_at = i
        s.med_worst, s.always_med, s.deterministic = v["med_worst"], v["always_med"], v["deterministic"]
        s.has_igp, s.reflect_clients = v["has_igp"], v["reflect_clients"]
        self.speaker_count += 1

    def add_rule(self, **v):
        """Append a policy rule; returns its number."""
        cdef Rule *r
        self.rules = <Rule *>_grow(self.rules, (self.rule_count + 1) * sizeof(Rule))
        r = &self.rules[self.rule_count]
        memset(r, 0, sizeof(Rule))
        r.need, r.contains = v["need"], v["contains"]
        r.low, r.high, r.med, r.hop, r.origin = v["low"], v["high"], v["med"], v["hop"], v["origin"]
        r.deny = v["deny"]
        r.set_weight, r.set_local_pref, r.set_med = v["set_weight"], v["set_local_pref"], v["set_med"]
        r.set_origin, r.set_hop = v["set_origin"], v["set_hop"]
        r.prepend, r.prepends = v["prepend"]
        r.comm_mode, r.comm, r.index = v["comm_mode"], v["comm"], v["index"]
        self.rule_count += 1
        return self.rule_count - 1

    def add_link(self, **v):
        """Append one direction of a session."""
        cdef Link *k
        self.links = <Link *>_grow(self.links, (self.link_count + 1) * sizeof(Link))
        k = &self.links[self.link_count]
        memset(k, 0, sizeof(Link))
        k.sender, k.receiver, k.reverse = v["sender"], v["receiver"], v["reverse"]
        k.ibgp, k.client_out, k.client_in, k.horizon = v["ibgp"], v["client_out"], v["client_in"], v["horizon"]
        k.next_hop_mode, k.send_med, k.prepend_own = v["next_hop_mode"], v["send_med"], v["prepend_own"]
        k.connected, k.override, k.remove_private = v["connected"], v["override"], v["remove_private"]
        k.own_hop, k.fixed_hop = v["own_hop"], v["fixed_hop"]
        k.export_first, k.export_count, k.export_deny = v["export"]
        k.import_first, k.import_count, k.import_deny = v["import_"]
        k.own_allowed, k.weight, k.allowas_in = v["own_allowed"], v["weight"], v["allowas_in"]
        k.local_pref = v["local_pref"]
        k.refuse, k.refuses = v["refuse"]
        k.strip, k.strips = v["strip"]
        k.peer_rank = v["peer_rank"]
        self.link_count += 1

    def add_comm(self, uint64_t mask):
        """Append a community set's mask; returns its number."""
        self.comm_masks = <uint64_t *>_grow(self.comm_masks, (self.comm_count + 1) * sizeof(uint64_t))
        self.comm_masks[self.comm_count] = mask
        self.comm_count += 1
        return self.comm_count - 1

    def add_hop(self, int owner):
        """Append a next hop owned by a speaker (-1: by none); returns its number."""
        self.hop_owner = <int32_t *>_grow(self.hop_owner, (self.hop_count + 1) * sizeof(int32_t))
        self.hop_owner[self.hop_count] = owner
        self.hop_count += 1
        return self.hop_count - 1

    def add_misc(self, originator, clusters, int plain):
        """Append a set of rare attributes; ``plain``: its number without ORIGINATOR_ID and CLUSTER_LIST, -1 itself."""
        cdef Misc *m
        cdef Py_ssize_t i
        self.miscs = <Misc *>_grow(self.miscs, (self.misc_count + 1) * sizeof(Misc))
        m = &self.miscs[self.misc_count]
        memset(m, 0, sizeof(Misc))
        m.has_originator = originator is not None
        m.originator = originator or 0
        m.clusters = len(clusters)
        m.plain = self.misc_count if plain < 0 else plain
        self.misc_count += 1
        if clusters:
            m.cluster_list = <uint32_t *>malloc(len(clusters) * sizeof(uint32_t))
            if m.cluster_list == NULL:
                raise MemoryError
            for i in range(m.clusters):
                m.cluster_list[i] = clusters[i]
        return self.misc_count - 1

    def ready(self, outs, ins):
        """Take the speakers' links: lists of out-links in order, in-links sorted for the last tie-break."""
        cdef Py_ssize_t n = self.speaker_count, k = self.link_count, i, at_out = 0, at_in = 0
        self.out_links = <int32_t *>_grow(NULL, (k + 1) * sizeof(int32_t))
        self.in_links = <int32_t *>_grow(NULL, (k + 1) * sizeof(int32_t))
        self.widest = 1
        for i in range(n):
            self.speakers[i].out_first, self.speakers[i].out_count = at_out, len(outs[i])
            self.speakers[i].in_first, self.speakers[i].in_count = at_in, len(ins[i])
            for link in outs[i]:
                self.out_links[at_out] = link
                at_out += 1
            for link in ins[i]:
                self.in_links[at_in] = link
                at_in += 1
            if len(ins[i]) > self.widest:
                self.widest = len(ins[i])
        self.slot = <Rec *>_grow(NULL, (k + 1) * sizeof(Rec))
        self.status = <uint8_t *>_grow(NULL, k + 1)
        self.metric = <int32_t *>_grow(NULL, (k + 1) * sizeof(int32_t))
        self.best_rec = <Rec *>_grow(NULL, (n + 1) * sizeof(Rec))
        self.best = <int32_t *>_grow(NULL, (n + 1) * sizeof(int32_t))
        self.changes = <uint8_t *>_grow(NULL, n + 1)
        self.waiting = <uint8_t *>_grow(NULL, n + 1)
        self.started = <uint8_t *>_grow(NULL, n + 1)
        self.crossed = <uint8_t *>_grow(NULL, k // 8 + 2)
        self.ring = <int32_t *>_grow(NULL, (n + 1) * sizeof(int32_t))
        self.own_first = <int32_t *>_grow(NULL, (n + 1) * sizeof(int32_t))
        self.own_count = <int32_t *>_grow(NULL, (n + 1) * sizeof(int32_t))
        self._make_room(8)

    cdef int _make_room(self, Py_ssize_t own) except -1:
        cdef Py_ssize_t wide
        if own <= self.own_room:
            return 0
        self.own_room = own * 2
        wide = self.widest + self.own_room + 1
        self.own = <Rec *>_grow(self.own, self.own_room * sizeof(Rec))
        self.columns = <uint32_t *>_grow(self.columns, COLUMN_COUNT * wide * sizeof(uint32_t))
        self.groups = <uint32_t *>_grow(self.groups, wide * sizeof(uint32_t))
        self.scratch = <int64_t *>_grow(self.scratch, wide * sizeof(int64_t))
        self.candidate = <int32_t *>_grow(self.candidate, wide * sizeof(int32_t))
        return 0

    # -- AS paths ----------------------------------------------------------------------------------------------------

    cdef int32_t _cons(self, uint32_t asn, int32_t rest) except -1:
        cdef uint64_t h = (<uint64_t>asn * 0x9E3779B97F4A7C15ULL) ^ (<uint64_t>rest * 0xC2B2AE3D27D4EB4FULL)
        cdef Py_ssize_t at
        cdef int32_t node
        h ^= h >> 29
        at = <Py_ssize_t>(h & <uint64_t>self.bucket_mask)
        while True:
            node = self.buckets[at]
            if node < 0:
                break
            if self.nodes[node].asn == asn and self.nodes[node].rest == rest:
                return node
            at = (at + 1) & self.bucket_mask
        if self.node_count == self.node_room:
            self.node_room *= 2
            self.nodes = <PathNode *>_grow(self.nodes, self.node_room * sizeof(PathNode))
        node = self.node_count
        self.nodes[node].asn = asn
        self.nodes[node].rest = rest
        self.nodes[node].hops = self.nodes[rest].hops + 1
        self.nodes[node].mask = self.nodes[rest].mask | (<uint64_t>1 << (asn & 63))
        self.node_count += 1
        self.buckets[at] = node
        if self.node_count * 2 > self.bucket_mask:
            self._rehash()
        return node

    cdef int _rehash(self) except -1:
        cdef Py_ssize_t size = (self.bucket_mask + 1) * 2, at
        cdef int32_t node
        cdef uint64_t h
        free(self.buckets)
        self.buckets = NULL
        self.buckets = <int32_t *>_grow(NULL, size * sizeof(int32_t))
        memset(self.buckets, 0xFF, size * sizeof(int32_t))
        self.bucket_mask = size - 1
        for node in range(1, self.node_count):
            h = ((<uint64_t>self.nodes[node].asn * 0x9E3779B97F4A7C15ULL)
                 ^ (<uint64_t>self.nodes[node].rest * 0xC2B2AE3D27D4EB4FULL))
            h ^= h >> 29
            at = <Py_ssize_t>(h & <uint64_t>self.bucket_mask)
            while self.buckets[at] >= 0:
                at = (at + 1) & self.bucket_mask
            self.buckets[at] = node
        return 0

    def path_number(self, asns):
        """The number of a path given nearest AS first."""
        cdef int32_t node = 0
        for asn in reversed(asns):
            node = self._cons(asn, node)
        return node

    def path_asns(self, int32_t node):
        """The AS numbers of a path, nearest first."""
        out = []
        while node:
            out.append(self.nodes[node].asn)
            node = self.nodes[node].rest
        return tuple(out)

    @property
    def path_bytes(self):
        """Bytes of the path store."""
        return self.node_room * sizeof(PathNode) + (self.bucket_mask + 1) * sizeof(int32_t)

    cdef inline int _count(self, int32_t node, uint32_t asn) noexcept:
        cdef int n = 0
        if not self.nodes[node].mask & (<uint64_t>1 << (asn & 63)):
            return 0
        while node:
            n += self.nodes[node].asn == asn
            node = self.nodes[node].rest
        return n

    cdef int32_t _rewrite(self, const Link *k, int32_t node) except -1:
        """remove-private-as, as-override and stripping, in the order of ``exchange``."""
        cdef uint32_t own = self.speakers[k.sender].asn, peer = self.speakers[k.receiver].asn, asn
        cdef Py_ssize_t n = 0, i, kept
        cdef int32_t j
        cdef bint private_only = True, gone, changed = False
        cdef int mode = k.remove_private
        while node:
            asn = self.nodes[node].asn
            self.walk[n] = asn
            n += 1
            if not _is_private(asn):
                private_only = False
            node = self.nodes[node].rest
        if mode and n and (mode >= 3 or private_only):
            kept = 0
            for i in range(n):
                asn = self.walk[i]
                if _is_private(asn) and asn != peer:
                    if mode == 2 or mode == 4:
                        self.walk[kept] = own
                        kept += 1
                else:
                    self.walk[kept] = asn
                    kept += 1
            n = kept
        kept = 0
        for i in range(n):
            asn = self.walk[i]
            if k.override and asn == peer:
                if k.override == 2:
                    continue
                asn = own
            gone = False
            for j in range(k.strip, k.strip + k.strips):
                if self.numbers[j] == asn:
                    gone = True
                    break
            if not gone:
                self.walk[kept] = asn
                kept += 1
        node = 0
        for i in range(kept - 1, -1, -1):
            node = self._cons(self.walk[i], node)
        return node

    # -- crossing ----------------------------------------------------------------------------------------------------

    cdef int _policy(self, Rec *rec, int32_t first, int32_t count, bint deny, const uint8_t *active) except -1:
        """Apply rules in place; 1 permitted, 0 denied."""
        cdef int32_t i, j
        cdef const Rule *r
        for i in range(first, first + count):
            r = &self.rules[i]
            if not active[r.index]:
                continue
            if (self.comm_masks[rec.comm] & r.need) != r.need:
                continue
            if r.contains and self._count(rec.path, r.contains) == 0:
                continue
            if r.high >= 0 and not r.low <= self.nodes[rec.path].hops <= r.high:
                continue
            if r.origin >= 0 and r.origin != rec.origin:
                continue
            if r.med >= -1 and (r.med != <int64_t>rec.med if rec.has_med else r.med != -1):
                continue
            if r.hop >= 0 and r.hop != rec.hop:
                continue
            if r.deny:
                return 0
            if r.set_weight >= 0:
                rec.weight = <int32_t>r.set_weight
            if r.set_local_pref >= 0:
                rec.local_pref, rec.has_local_pref = <uint32_t>r.set_local_pref, 1
            if r.set_med >= 0:
                rec.med, rec.has_med = <uint32_t>r.set_med, 1
            if r.set_origin >= 0:
                rec.origin = r.set_origin
            if r.set_hop >= 0:
                rec.hop = r.set_hop
            for j in range(r.prepends - 1, -1, -1):
                rec.path = self._cons(self.numbers[r.prepend + j], rec.path)
            if r.comm_mode == 1:
                rec.comm = r.comm
            elif r.comm_mode == 2:
                rec.comm = self._recommunity(i, rec.comm)
            return 1
        return 0 if deny else 1

    cdef int32_t _recommunity(self, int32_t rule, int32_t comm) except -1:
        key = (<int64_t>rule << 32) | comm
        known = self._comm_changes.get(key)
        if known is None:
            known = self._comm_changes[key] = self.comm_of(rule, comm)
        return known

    cdef int32_t _reflect(self, int32_t sender, int32_t origin, int32_t misc) except -1:
        key = (sender, origin, misc)
        known = self._reflections.get(key)
        if known is None:
            known = self._reflections[key] = self.reflect_of(sender, origin, misc)
        return known

    cdef int32_t _metric_to(self, int32_t speaker, int32_t hop) except -2:
        if not self.speakers[speaker].has_igp or hop < 0:
            return 0
        key = (<int64_t>speaker << 32) | hop
        known = self._metrics.get(key)
        if known is None:
            known = self._metrics[key] = self.metric_of(speaker, hop)
        return known

    cdef int _export(self, const Link *k, int32_t choice, const Rec *held, Rec *out, const uint8_t *active) except -1:
        """1 and ``out`` filled, or 0 when the route is not sent."""
        cdef const Speaker *s = &self.speakers[k.sender]
        cdef bint learned = choice >= 0, internal = False, reflected
        cdef uint64_t mask
        if learned:
            if k.horizon == 0 and choice == k.reverse:
                return 0
            if k.horizon == 1 and self.links[choice].sender == k.receiver:
                return 0
            internal = self.links[choice].ibgp
        reflected = internal and k.ibgp
        if reflected:
            if not (self.links[choice].client_in or k.client_out):
                return 0
            if self.links[choice].client_in and k.client_out and not s.reflect_clients:
                return 0
        mask = self.comm_masks[held.comm] & s.honours
        if mask:
            if mask & NO_ADVERTISE or (mask & (NO_EXPORT | LOCAL_AS) and not k.ibgp):
                return 0
        memcpy(out, held, sizeof(Rec))
        out.weight = 0
        if not k.ibgp and (k.override or k.remove_private or k.strips):
            out.path = self._rewrite(k, held.path)
        if held.hop < 0 or k.next_hop_mode == 2:
            out.hop = k.fixed_hop if k.next_hop_mode == 4 else k.own_hop
        elif k.next_hop_mode == 0:
            if not k.ibgp:
                out.hop = k.own_hop
        elif k.next_hop_mode == 1:
            if not reflected:
                out.hop = k.own_hop
        elif k.next_hop_mode == 4:
            out.hop = k.fixed_hop
        if k.ibgp:
            if not out.has_local_pref:
                out.local_pref, out.has_local_pref = 100, 1
        else:
            out.local_pref, out.has_local_pref = 0, 0
            if learned and not k.send_med:
                out.med, out.has_med = 0, 0
        if reflected:
            out.misc = self._reflect(k.sender, self.links[choice].sender, held.misc)
        else:
            out.misc = self.miscs[held.misc].plain
        if not self._policy(out, k.export_first, k.export_count, k.export_deny, active):
            return 0
        if not k.ibgp:
            if k.prepend_own:
                out.path = self._cons(s.asn, out.path)
            out.local_pref, out.has_local_pref = 0, 0
        out.weight = 0
        return self.nodes[out.path].hops <= MAX_PATH

    cdef int _accept(self, const Link *k, Rec *rec, const uint8_t *active) except -1:
        """1 when the receiver takes the route (``rec`` changed in place), 0 when it drops it."""
        cdef const Speaker *s = &self.speakers[k.receiver]
        cdef const Misc *m = &self.miscs[rec.misc]
        cdef int32_t i
        if not k.own_allowed and self._count(rec.path, s.asn) > k.allowas_in:
            return 0
        for i in range(k.refuse, k.refuse + k.refuses):
            if self._count(rec.path, self.numbers[i]):
                return 0
        if m.has_originator and m.originator == s.router_id:
            return 0
        for i in range(m.clusters):
            if m.cluster_list[i] == s.cluster:
                return 0
        if rec.hop >= 0 and self.hop_owner[rec.hop] == k.receiver:
            return 0
        rec.weight = k.weight
        if k.local_pref >= 0:
            rec.local_pref, rec.has_local_pref = <uint32_t>k.local_pref, 1
        return self._policy(rec, k.import_first, k.import_count, k.import_deny, active)

    # -- deciding ----------------------------------------------------------------------------------------------------

    cdef int32_t _choose(self, int32_t speaker, Rec *chosen) noexcept:
        cdef const Speaker *s = &self.speakers[speaker]
        cdef Py_ssize_t n = 0, wide = self.widest + self.own_room + 1
        cdef int32_t i, link, best
        cdef int op, step
        cdef uint32_t value, *column
        cdef const Rec *rec
        cdef rt_rules rules
        for i in range(self.own_count[speaker]):
            self.candidate[n] = -2 - i
            n += 1
        for i in range(s.in_first, s.in_first + s.in_count):
            link = self.in_links[i]
            if self.status[link] == ACCEPTED and self.metric[link] >= 0:
                self.candidate[n] = link
                n += 1
        if n == 0:
            return -1
        if n == 1:
            memcpy(chosen, self._rec(speaker, self.candidate[0]), sizeof(Rec))
            return self.candidate[0]
        rules.steps = s.steps
        rules.med = s.med_at
        rules.always_med, rules.deterministic = s.always_med, s.deterministic
        rules.group = self.groups
        for step in range(s.steps):
            op = s.ops[step]
            column = self.columns + op * wide
            rules.column[step] = column
            rules.flip[step] = 0xFFFFFFFF if op == WEIGHT or op == LOCAL_PREF else 0
            for i in range(n):
                link = self.candidate[i]
                rec = self._rec(speaker, link)
                if op == WEIGHT:
                    value = <uint32_t>rec.weight
                elif op == LOCAL_PREF:
                    value = rec.local_pref if rec.has_local_pref else 100
                elif op == LOCAL_ORIGIN:
                    value = 0 if link < 0 else 2
                elif op == AS_PATH:
                    value = self.nodes[rec.path].hops
                elif op == ORIGIN:
                    value = rec.origin
                elif op == MED:
                    value = rec.med if rec.has_med else 0xFFFFFFFF if s.med_worst else 0
                elif op == EXTERNAL or op == CONFED:
                    value = 1 if link >= 0 and self.links[link].ibgp else 0
                elif op == IGP:
                    value = 0 if link < 0 else self.metric[link]
                elif op == ROUTER_ID:
                    if self.miscs[rec.misc].has_originator:
                        value = self.miscs[rec.misc].originator
                    else:
                        value = s.router_id if link < 0 else self.speakers[self.links[link].sender].router_id
                elif op == CLUSTERS:
                    value = self.miscs[rec.misc].clusters
                else:
                    value = 0 if link < 0 else self.links[link].peer_rank
                column[i] = value
        for i in range(n):
            rec = self._rec(speaker, self.candidate[i])
            self.groups[i] = self.nodes[rec.path].asn if rec.path else 0xFFFFFFFF
        best = self.candidate[rt_decide(&rules, 0, n, NULL, self.scratch, NULL, NULL)]
        memcpy(chosen, self._rec(speaker, best), sizeof(Rec))
        return best

    cdef inline const Rec *_rec(self, int32_t speaker, int32_t choice) noexcept:
        return &self.slot[choice] if choice >= 0 else &self.own[self.own_first[speaker] + (-2 - choice)]

    # -- running -----------------------------------------------------------------------------------------------------

    def run(self, origins, const uint8_t[::1] active, const uint8_t[::1] up, Py_ssize_t bound,
            bint lifo=False):
        """Propagate one class: ``origins`` lists (speaker, records) in speaker order, ``active`` the rules that match it,
        ``up`` the links in use.

        Returns the ``Table``, or None when ``bound`` activations did not settle it (the caller then proves why).
        """
        cdef Py_ssize_t n = self.speaker_count, total = 0, head = 0, length = 0, activations = 0, size = max(n, 1)
        cdef int32_t speaker, link, choice, i
        cdef Rec rec, chosen
        cdef Link *k
        cdef const uint8_t *on = &active[0]
        cdef uint8_t now
        cdef bint changed
        memset(self.status, 0, self.link_count + 1)
        memset(self.changes, 0, n + 1)
        memset(self.waiting, 0, n + 1)
        memset(self.started, 0, n + 1)
        memset(self.crossed, 0, self.link_count // 8 + 2)
        memset(self.own_count, 0, (n + 1) * sizeof(int32_t))
        for speaker in range(n):
            self.best[speaker] = -1
        self._make_room(sum([len(records) for _, records in origins]) + 1)
        for number, records in origins:
            speaker = number
            self.own_first[speaker] = total
            self.own_count[speaker] = len(records)
            for values in records:
                _fill(&self.own[total], values)
                total += 1
            self.waiting[speaker] = 1
            self.ring[length] = speaker
            length += 1
        while length:
            length -= 1
            if lifo:
                speaker = self.ring[(head + length) % size]
            else:
                speaker = self.ring[head]
                head = head + 1 if head + 1 < size else 0
            self.waiting[speaker] = 0
            activations += 1
            if activations > bound:
                return None
            memset(&chosen, 0, sizeof(Rec))
            choice = self._choose(speaker, &chosen)
            changed = choice != self.best[speaker]
            if not changed and choice != -1:
                changed = memcmp(&chosen, &self.best_rec[speaker], sizeof(Rec)) != 0
            if changed:
                self.best[speaker] = choice
                memcpy(&self.best_rec[speaker], &chosen, sizeof(Rec))
                if self.changes[speaker] < 255:
                    self.changes[speaker] += 1
            elif self.started[speaker]:
                continue
            self.started[speaker] = 1
            for i in range(self.speakers[speaker].out_first,
                           self.speakers[speaker].out_first + self.speakers[speaker].out_count):
                link = self.out_links[i]
                if not up[link]:
                    continue
                k = &self.links[link]
                memset(&rec, 0, sizeof(Rec))
                if choice == -1 or not self._export(k, choice, &chosen, &rec, on):
                    now = ABSENT
                else:
                    self.crossed[link >> 3] |= 1 << (link & 7)
                    now = ACCEPTED if self._accept(k, &rec, on) else REFUSED
                if now == ACCEPTED:
                    if self.status[link] == ACCEPTED and memcmp(&rec, &self.slot[link], sizeof(Rec)) == 0:
                        continue
                    memcpy(&self.slot[link], &rec, sizeof(Rec))
                    self.metric[link] = self._metric_to(k.receiver, rec.hop)
                    if self.metric[link] > 0 and k.connected:
                        self.metric[link] = -1
                elif self.status[link] != ACCEPTED:
                    self.status[link] = now
                    continue
                self.status[link] = now
                if not self.waiting[k.receiver]:
                    self.waiting[k.receiver] = 1
                    self.ring[(head + length) % size] = k.receiver
                    length += 1
        return self._keep(activations)

    cdef Table _keep(self, Py_ssize_t activations):
        cdef Table t = Table.__new__(Table)
        cdef Py_ssize_t held = 0, n = self.speaker_count, i, at = 0
        for i in range(self.link_count):
            held += self.status[i] != ABSENT
        t.held, t.speakers, t.link_count, t.activations = held, n, self.link_count, activations
        t.recs = <Rec *>_grow(NULL, (held + 1) * sizeof(Rec))
        t.links = <int32_t *>_grow(NULL, (held + 1) * sizeof(int32_t))
        t.status = <uint8_t *>_grow(NULL, held + 1)
        t.best = <int32_t *>_grow(NULL, (n + 1) * sizeof(int32_t))
        t.changes = <uint8_t *>_grow(NULL, n + 1)
        t.crossed = <uint8_t *>_grow(NULL, self.link_count // 8 + 2)
        memcpy(t.best, self.best, n * sizeof(int32_t))
        memcpy(t.changes, self.changes, n)
        memcpy(t.crossed, self.crossed, self.link_count // 8 + 2)
        for i in range(self.link_count):
            if self.status[i] != ABSENT:
                t.links[at] = i
                t.status[at] = self.status[i]
                if self.status[i] == ACCEPTED:
                    memcpy(&t.recs[at], &self.slot[i], sizeof(Rec))
                else:
                    memset(&t.recs[at], 0, sizeof(Rec))
                at += 1
        return t

    def would_send(self, Table table not None, Py_ssize_t link, own, const uint8_t[::1] active):
        """Whether the sender of a link would announce its best path there; ``own``: its record when it is an own route."""
        cdef const Link *k = &self.links[link]
        cdef int32_t choice = table.best[k.sender]
        cdef Py_ssize_t at
        cdef Rec held, out
        if choice == -1:
            return False
        if choice >= 0:
            at = table._find(choice)
            memcpy(&held, &table.recs[at], sizeof(Rec))
        else:
            _fill(&held, own)
        memset(&out, 0, sizeof(Rec))
        return bool(self._export(k, choice, &held, &out, &active[0]))

    def touched(self, Table table not None, const int32_t[::1] gone, const int32_t[::1] fresh,
                const uint8_t[::1] active):
        """Whether a class used one of the links ``gone`` or would use one of the links ``fresh``: 0 no, 1 yes.

        2: a speaker's own route is its best and may cross a fresh link; ``would_send`` knows.
        """
        cdef Py_ssize_t i, at
        cdef int32_t link, choice
        cdef int verdict = 0
        cdef const Link *k
        cdef Rec out
        for i in range(gone.shape[0]):
            link = gone[i]
            if table.crossed[link >> 3] & (1 << (link & 7)):
                return 1
        for i in range(fresh.shape[0]):
            k = &self.links[fresh[i]]
            if table.changes[k.sender] > 1:
                return 1
            choice = table.best[k.sender]
            if choice < -1:
                verdict = 2
            elif choice >= 0:
                at = table._find(choice)
                memset(&out, 0, sizeof(Rec))
                if self._export(k, choice, &table.recs[at], &out, &active[0]):
                    return 1
        return verdict

    def record(self, Table table not None, Py_ssize_t link):
        """The accepted record of a link as plain values (the order of ``compiled.record_values``), None without."""
        cdef Py_ssize_t at = table._find(link)
        cdef const Rec *r
        if at < 0 or table.status[at] != ACCEPTED:
            return None
        r = &table.recs[at]
        return (
            r.path, r.misc, r.comm, r.hop,
            r.local_pref if r.has_local_pref else None,
            r.med if r.has_med else None,
            r.weight, r.origin,
        )


cdef int _fill(Rec *rec, values) except -1:
    memset(rec, 0, sizeof(Rec))
    rec.path, rec.misc, rec.comm, rec.hop = values[0], values[1], values[2], values[3]
    if values[4] is not None:
        rec.local_pref, rec.has_local_pref = values[4], 1
    if values[5] is not None:
        rec.med, rec.has_med = values[5], 1
    rec.weight, rec.origin = values[6], values[7]
    return 0


cdef inline bint _is_private(uint32_t asn) noexcept nogil:
    return 64512 <= asn <= 65534 or 4200000000u <= asn <= 4294967294u


cdef void *_grow(void *old, size_t size) except NULL:
    cdef void *new = realloc(old, size)
    if new == NULL:
        raise MemoryError
    return new
