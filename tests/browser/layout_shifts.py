"""What moves on a page without being asked to, as the browser measures it."""

from playwright.sync_api import Page

# A script to run before those of the page.
OBSERVE = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            const moved = entry.sources.map(({ node, previousRect, currentRect }) =>
                `${node?.className || node?.nodeName} ${previousRect.top} > ${currentRect.top}`);
            window.shifts.push({ value: entry.value, moved });
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
MOST = 0.01


def forget_shifts(page: Page) -> None:
    """What has moved until now was asked for."""
    page.evaluate("window.shifts.splice(0)")


def assert_nothing_moved(page: Page, step: str) -> None:
    """Since the last time; shifts right after a click count as well."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    shifts = page.evaluate("window.shifts.splice(0)")
    assert sum(shift["value"] for shift in shifts) < MOST, (step, shifts)
