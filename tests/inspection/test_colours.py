"""Colours against the published table's values, and zero in the middle of the signed ones."""

import numpy as np
import pytest

from app.inspection.rendering.colours import colour_table, entries_of_codes

# Of viridis as published by its authors, at shares of the range in 256ths.
VIRIDIS = {
    0: (68, 1, 84), 32: (71, 45, 123), 64: (59, 82, 139), 96: (44, 114, 142), 128: (33, 145, 140),
    160: (40, 174, 128), 192: (94, 201, 98), 224: (173, 220, 48), 255: (253, 231, 37),
}  # fmt: skip


@pytest.mark.parametrize("entry", VIRIDIS)
def test_viridis_is_the_published_one(entry):
    found = colour_table("viridis")[entry].astype(int)
    assert np.abs(found - VIRIDIS[entry]).max() <= 5


def test_viridis_grows_lighter_all_the_way():
    shares = colour_table("viridis") / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # Whole levels of red, green and blue make small steps unequal: over a few the sum counts.
    assert (luminance[4:] > luminance[:-4]).all()


def test_grey_is_the_code_itself():
    assert (colour_table("grey") == np.arange(256)[:, None]).all()


@pytest.mark.parametrize(("minimum", "maximum"), [(-1, 3), (-3, 1), (-2, 2), (-5, -1), (0.5, 2)])
def test_diverging_colours_are_neutral_at_zero_and_as_far_on_both_sides(minimum, maximum):
    table = colour_table("diverging").astype(int)
    colours = table[entries_of_codes("diverging", minimum, maximum)]
    values = minimum + np.arange(256) * (maximum - minimum) / 255
    largest = max(abs(minimum), abs(maximum))
    warm = colours[:, 0] - colours[:, 2]
    assert (warm[values > 0.03 * largest] > 0).all()
    assert (warm[values < -0.03 * largest] < 0).all()
    if minimum < 0 < maximum:
        nearest = np.abs(values).argmin()
        assert np.ptp(colours[nearest]) <= 8
    strongest = colours[np.abs(values).argmax()]
    assert strongest.tolist() in (table[1].tolist(), table[255].tolist())


def test_map_of_zeros_is_neutral():
    assert set(entries_of_codes("diverging", 0.0, 0.0)) == {128}
