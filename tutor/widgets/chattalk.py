"""The scrolled conversation of a chat."""

from __future__ import annotations

from textual.containers import VerticalScroll


class Talk(VerticalScroll):
    """Follows its newest line until the learner scrolls up, and again once they are back at the end.

    Textual's `anchor` does this too, but pushes a short conversation to the bottom of the pane.
    """

    following = True

    def watch_virtual_size(self) -> None:
        """There is more, or less, to see."""
        if self.following:
            self.scroll_end(animate=False)

    def on_mouse_scroll_up(self) -> None:
        """Reading what was said before."""
        self.following = False

    def action_scroll_up(self) -> None:
        """One line up."""
        self.following = False
        super().action_scroll_up()

    def action_page_up(self) -> None:
        """A page up."""
        self.following = False
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """To the beginning."""
        self.following = False
        super().action_scroll_home()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Back at the end, it is followed again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value and new_value >= self.max_scroll_y:
            self.following = True
