"""The growth figure as plain SVG: seconds by number of VNets, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 400, 70, 50, 30, 150
Point = tuple[int, float, float]
"""VNets, seconds of load + compute, seconds of S."""


def figure(points: Sequence[Point]) -> str:
    """Load + compute beside S, and twice S, the goal."""
    series = [
        ("load + compute", "#0b62a4", [(n, ours) for n, ours, _ in points]),
        ("S", "#555555", [(n, least) for n, _, least in points]),
        ("2 S (goal)", "#b3541e", [(n, 2 * least) for n, _, least in points]),
    ]
    every = [y for _, _, line in series for _, y in line]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(vnets: float) -> float:
        return LEFT + (math.log10(vnets) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(seconds) - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="14">Load + compute by number of VNets</text>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for vnets, _, _ in points:
        parts.append(
            f'<text x="{x(vnets):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{vnets:,}</text>'
        )
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">VNets</text>'
    )
    for _, colour, line in series:
        path = " ".join(f"{x(n):.1f},{y(s):.1f}" for n, s in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(s):.1f}" r="3" fill="{colour}"/>' for n, s in line]
    named = sorted(series, key=lambda s: -s[2][-1][1])
    for i, (name, colour, line) in enumerate(named):
        at = max(y(line[-1][1]), TOP + 16 * i) + 4
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{at:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
