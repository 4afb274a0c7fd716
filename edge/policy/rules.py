"""What the town's rules for a category make of an alert, and how long it keeps quiet."""

from edge.config.categories import CategoriesSection, CategoryRules
from edge.config.policy import PolicySection
from edge.records import Category, Handling


class Rules:
    """The rules of every category, with the policy's own times where they have none."""

    def __init__(self, categories: CategoriesSection, policy: PolicySection) -> None:
        self._rules: dict[str, CategoryRules] = dict(categories.items())
        self._policy = policy

    def retune(self, policy: PolicySection) -> None:
        """Take other quiet times from now on."""
        self._policy = policy

    def handling(self, category: Category) -> Handling:
        """Return what is asked of a receiver; a test has no siren, whatever anybody wrote."""
        rules, test = self._rules[category], category is Category.TEST
        return Handling(
            siren=rules.siren and not test,
            caution=rules.caution,
            recipients=rules.recipients,
            keep_days=rules.keep_days,
            test=test,
        )

    def quiet_same_s(self, category: Category) -> float:
        """Return how long the same entry is quiet."""
        return self._rules[category].quiet_same_s or self._policy.quiet_same_s

    def quiet_similar_s(self, category: Category) -> float:
        """Return how long a similar plate is quiet."""
        return self._rules[category].quiet_similar_s or self._policy.quiet_similar_s
