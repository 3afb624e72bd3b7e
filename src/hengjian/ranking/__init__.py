"""How likely is a finding to be confirmed? Learnt from what officers decided; optional.

Without a model the rules' scores stand as they are. With enough decisions a model gives each
finding a chance, its interval and the three reasons that moved it most. It orders work, decides
nothing, and changes no finding.

What the chance means, and what it cannot mean:

- Officers decide only what they see. A finding that nobody decided is unknown and enters nowhere,
  neither as confirmed nor as unfounded. The chance is therefore that of findings *such as those
  that were decided*: where officers only ever took the top of the list, nothing is known of its
  bottom. An office that wants to know draws some of what it verifies at random.
- Feedback: a type, a platform or a subject that was often confirmed ranks higher, is looked at more
  and gathers more decisions, right ones and wrong ones. Past shares are therefore held back towards
  those of the area and of all (`past.WEIGHT`), and whose past it was stands among the reasons.
- An officer's mistake is learnt like any other decision.
- Regions, names and personal data are no features. Of a subject and its shop only earlier decisions
  count, under a hash.
- A finding is judged with what was known before the day on which it was found: no decision of that
  day or later touches its features, in training as in use.
"""
