"""What a new version changes for a customer, in sentences: what it agrees to, not the thresholds that watch over it."""

from __future__ import annotations

from fairwire.model.policy import Pack


def changed_sentences(before: Pack | None, after: Pack) -> tuple[str, ...]:
    """One sentence for each clause that came, went or was reworded, and one for what only changes its enforcement."""
    if before is None:
        return (f"This is the first version on record; it has {len(after.clauses)} clauses.",)
    told: list[str] = []
    for clause in after.clauses.values():
        old = before.clauses.get(clause.id)
        if old is None:
            told.append(f"New: {clause.gist}")
        elif old.gist != clause.gist:
            told.append(f"Now: {clause.gist} Before: {old.gist}")
    told += [f"No longer: {clause.gist}" for clause in before.clauses.values() if clause.id not in after.clauses]
    if not told and before.version == after.version:
        return ("Only wording was changed; what you agree to, and how we enforce it, stay the same.",)
    if _watching(before) != _watching(after):
        told.append("How we watch for what is forbidden was adjusted.")
    if before.ladders != after.ladders:
        told.append("The steps that we take when the policy is broken were changed.")
    if (before.contact, before.review_url) != (after.contact, after.review_url):
        told.append("The address at which to ask for review was changed.")
    return tuple(told) or ("How we enforce the policy was adjusted; what you agree to stays the same.",)


def _watching(pack: Pack) -> object:
    topics = {clause.id: clause.topics for clause in pack.clauses.values()}
    return pack.modes, pack.parameters, {name: topics[name] for name in sorted(topics)}
