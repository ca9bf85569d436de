"""What the course remembers of a learner, in sqlite. `docs/progress.md` describes tables, review and export."""

from tutor.course.progress.attempt import Attempt, Recorded
from tutor.course.progress.schema import SCHEMA_VERSION
from tutor.course.progress.store import PASSED, STARTED, Place, Progress, Saved, TopicState

__all__ = ["PASSED", "SCHEMA_VERSION", "STARTED", "Attempt", "Place", "Progress", "Recorded", "Saved", "TopicState"]
