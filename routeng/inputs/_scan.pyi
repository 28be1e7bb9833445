from collections.abc import Buffer

OK: int
TOO_DEEP: int
DUPLICATE_KEY: int
UNSURE: int

def scan(data: Buffer, max_depth: int) -> tuple[int, int]: ...
