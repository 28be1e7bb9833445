"""Types of the compiled decision over whole tables."""

from typing import Final

from typing_extensions import Buffer

NONE: Final[int]
MAX_STEPS: Final[int]

class Columns:
    rows: int
    def __init__(
        self,
        steps: list[tuple[str, Buffer | None, bool]],
        group: Buffer | None,
        always_med: bool,
        deterministic: bool,
        rows: int,
    ) -> None: ...

def decide(
    columns: Columns,
    offsets: Buffer,
    eligible: Buffer | None,
    best: Buffer,
    step: Buffer,
    lost_to: Buffer,
) -> None: ...
def share(
    columns: Columns,
    offsets: Buffer,
    best: Buffer,
    step: Buffer,
    lost_to: Buffer,
    eligible: Buffer | None,
    after: int,
    kind: Buffer,
    same: Buffer,
    next_hop: Buffer,
    peer_address: Buffer,
    ebgp: int,
    ibgp: int,
    multipath: Buffer,
) -> None: ...
