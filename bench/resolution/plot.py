"""Line charts as SVG, without a library: values between 0 and 1 over a logarithmic axis."""

import html
import math

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 56, 168, 20, 48
COLOURS = ("#1f5fa8", "#c0392b", "#6fa3dc", "#e59a90")


def lines(series, label, ticks):
    """series: {name: [(x, y)]}, x > 0. Values below 0 are drawn at 0."""
    low, high = math.log(min(ticks)), math.log(max(ticks))
    along = lambda x: LEFT + (math.log(x) - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)
    up = lambda y: HEIGHT - BOTTOM - max(0.0, min(1.0, y)) * (HEIGHT - TOP - BOTTOM)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for y in (0, 0.25, 0.5, 0.75, 1):
        out.append(f'<path d="M{LEFT} {up(y):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 8}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in ticks:
        out.append(f'<path d="M{along(x):.1f} {up(0):.1f}v5" stroke="#888"/><text x="{along(x):.1f}" y="{up(0) + 18:.1f}" text-anchor="middle">{x}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(label)}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{along(x):.1f} {up(y):.1f}" for x, y in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{along(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        out.append(f'<text x="{WIDTH - RIGHT + 16}" y="{TOP + 16 + 20 * number}" fill="{colour}">{html.escape(name)}</text>')
    return "\n".join(out + ["</svg>\n"])
