OK: int
TOO_DEEP: int
DUPLICATE_KEY: int
UNSURE: int

def scan(data: bytes | bytearray | memoryview, max_depth: int) -> tuple[int, int]: ...
