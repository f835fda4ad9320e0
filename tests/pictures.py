"""What is written in a figure and where, to be looked at by tests."""

from itertools import combinations

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes

SIZES = ((6.4, 4.8), (3.0, 2.4), (10.0, 3.0), (3.0, 7.0))


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def ax(request):
    figure, axes = plt.subplots(figsize=request.param, layout="constrained")
    yield axes
    plt.close(figure)


def written(figure):
    """Return what is written and can be seen, each text with its box in pixels."""
    figure.canvas.draw()
    texts = []
    for axes in figure.findobj(Axes):
        texts += axes.texts
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                places = axis.get_majorticklocs()
                ticks = zip(places, axis.get_major_ticks(len(places)), strict=True)
                texts += [tick.label1 for at, tick in ticks if low <= at <= high]
                texts += [axis.label, axis.get_offset_text()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_visible()]
    return [(words, box) for words, box in boxes if words and box.width > 0 < box.height]


def check_legible(figure):
    """Check that no text covers another one, and that none leaves the figure; return the words."""
    texts = written(figure)
    assert texts
    for (one, box), (other, next_box) in combinations(texts, 2):
        assert not box.padded(-0.5).overlaps(next_box.padded(-0.5)), (one, other)
    for words, box in texts:
        inside = box.x0 >= -1 and box.y0 >= -1
        assert inside and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, words
    return [words for words, _ in texts]
