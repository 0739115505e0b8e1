"""How far two lists of numbers about the same things lie apart."""


def spearman(a, b):
    def ranks(x):
        order = sorted(range(len(x)), key=x.__getitem__)
        result = [0.0] * len(x)
        for rank, i in enumerate(order):
            result[i] = rank
        return result
    a, b = ranks(a), ranks(b)
    mean = (len(a) - 1) / 2
    spread = sum((x - mean) ** 2 for x in a)
    return sum((x - mean) * (y - mean) for x, y in zip(a, b)) / spread if spread else 1.0


def mean_error(a, b):
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)


def deviation(a):
    mean = sum(a) / len(a)
    return (sum((x - mean) ** 2 for x in a) / len(a)) ** 0.5


def score_error(logits, exact):
    """The mean error of the scores that logits stand for."""
    def scores(of):
        return [1 / (1 + pow(2.718281828459045, -x)) for x in of]
    return mean_error(scores(logits), scores(exact))
