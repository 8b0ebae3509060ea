"""Finds what of a graph is on cycles, in one walk over its nodes and edges (Tarjan 1972), without recursion."""

from collections.abc import Collection, Iterator, Mapping, Sequence


def find_cycles(nodes: Sequence[str], sources: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Give the sets of nodes that lead to each other, in the order of `nodes`; `sources` are those before a node."""
    order = {node: index for index, node in enumerate(nodes)}
    walk = _Walk(sources)
    for node in nodes:
        walk.visit(node)
    loops = [found for found in walk.components if len(found) > 1 or found[0] in sources.get(found[0], ())]
    return sorted((sorted(found, key=order.__getitem__) for found in loops), key=lambda found: order[found[0]])


class _Walk:
    def __init__(self, sources: Mapping[str, Collection[str]]) -> None:
        self._sources = sources
        # When a node was come to first, and the earliest node that can be come to from it.
        self._numbers: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._open: list[str] = []
        self._is_open: set[str] = set()
        self.components: list[list[str]] = []

    def visit(self, start: str) -> None:
        """Walk to all that can be come to from a node."""
        if start in self._numbers:
            return
        path = [self._enter(start)]
        while path:
            node, left = path[-1]
            following = next(left, None)
            if following is None:
                path.pop()
                self._leave(node)
                if path:
                    self._reach(path[-1][0], self._lowest[node])
            elif following not in self._numbers:
                path.append(self._enter(following))
            elif following in self._is_open:
                self._reach(node, self._numbers[following])

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self._numbers[node] = self._lowest[node] = len(self._numbers)
        self._open.append(node)
        self._is_open.add(node)
        return node, iter(self._sources.get(node, ()))

    def _reach(self, node: str, number: int) -> None:
        self._lowest[node] = min(self._lowest[node], number)

    def _leave(self, node: str) -> None:
        """Close a component whose first node this is."""
        if self._lowest[node] != self._numbers[node]:
            return
        start = self._find(node)
        component = self._open[start:]
        del self._open[start:]
        self._is_open.difference_update(component)
        self.components.append(component)

    def _find(self, node: str) -> int:
        # It is near the end: what stands behind it is its component.
        index = len(self._open) - 1
        while self._open[index] != node:
            index -= 1
        return index
