"""Facts of the knowledge base: how each family is drawn, asked for, stated and turned into near misses.

A fact is a dict of plain values ({"family": ..., indices into lexicon tables, codes, numbers}); every text is
rendered from it with a random number generator that picks among forms, so a fact has many wordings.
"""
import random

from . import lexicon as lx


def form(rng, row, lang):
    return rng.choice(row[lang])


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def code(rng) -> str:
    letters = "ABCDEFGHKLMNPRSTUVWXZ"
    return f"{rng.choice(letters)}{rng.choice(letters)}-{rng.randrange(100, 990, 5)}"


def node(rng) -> str:
    return f"Node-{rng.randrange(1, 100):02d}"


def other(rng, table, index, pair_safe=False):
    while True:
        value = rng.randrange(len(table))
        if value != index and not (pair_safe and value // 2 == index // 2):
            return value


class Family:
    """Templates are strings over named slots; `slots` fills them for one language."""

    name = ""
    weight = 1.0
    ask = {"en": [], "zh": []}
    say = {"en": [], "zh": []}
    title = {"en": [], "zh": []}

    def draw(self, rng):
        raise NotImplementedError

    def slots(self, fact, lang, rng):
        raise NotImplementedError

    def near(self, fact, rng):
        """Facts that share words with this one and do not answer the same question."""
        raise NotImplementedError

    def _render(self, templates, fact, lang, rng):
        return first_up(rng.choice(templates[lang]).format(**self.slots(fact, lang, rng)))

    def asked(self, fact, lang, rng):
        text = self._render(self.ask, fact, lang, rng)
        return text if rng.random() < 0.6 else text[:1].lower() + text[1:].rstrip("?？.")

    def stated(self, fact, lang, rng):
        return self._render(self.say, fact, lang, rng)

    def titled(self, fact, lang, rng):
        return self._render(self.title, fact, lang, rng)


class Trouble(Family):
    name, weight = "trouble", 2.0
    ask = {"en": ["why does the {device} behave like this: it {symptom}?", "the {device} {symptom}, what can I do?",
                  "what is the reason when the {device} {symptom}", "our {device} {symptom}", "{device} {symptom}",
                  "help, the {device} {symptom} again", "how to repair a {device} that {symptom}"],
           "zh": ["{device}{symptom}怎么办？", "为什么{device}{symptom}？", "{device}{symptom}", "我们的{device}{symptom}，什么原因",
                  "如何处理{device}{symptom}的问题"]}
    say = {"en": ["If the {device} {symptom}, most often {cause}. In this case {fix}.",
                  "A {device} that {symptom} needs attention: {cause}. Please {fix}.",
                  "It was reported that the {device} {symptom}. The technician found that {cause}; the remedy is to {fix}.",
                  "When {cause}, the {device} {symptom}. To solve this, {fix}.",
                  "Known issue: the {device} {symptom} because {cause}. Solution: {fix}."],
           "zh": ["如果{device}{symptom}，多半是{cause}，请{fix}。", "{device}{symptom}时需要检查：{cause}。处理方法：{fix}。",
                  "有用户反映{device}{symptom}。技术员发现{cause}，建议{fix}。", "当{cause}时，{device}会{symptom}，解决办法是{fix}。",
                  "已知问题：{device}{symptom}，原因是{cause}。对策：{fix}。"]}
    title = {"en": ["{device}: fault note", "Repair of the {device}", "Trouble with the {device}", "{device} service case"],
             "zh": ["{device}故障说明", "{device}维修", "{device}问题", "{device}服务案例"]}

    def draw(self, rng):
        reason = rng.randrange(len(lx.CAUSES))
        return {"family": self.name, "device": rng.randrange(len(lx.DEVICES)), "symptom": rng.randrange(len(lx.SYMPTOMS)),
                "reason": reason}

    def slots(self, f, lang, rng):
        return {"device": form(rng, lx.DEVICES[f["device"]], lang), "symptom": form(rng, lx.SYMPTOMS[f["symptom"]], lang),
                "cause": form(rng, lx.CAUSES[f["reason"]], lang), "fix": form(rng, lx.FIXES[f["reason"]], lang)}

    def near(self, f, rng):
        return [dict(f, device=other(rng, lx.DEVICES, f["device"])), dict(f, symptom=other(rng, lx.SYMPTOMS, f["symptom"]))]


class Spec(Family):
    name, weight = "spec", 1.5
    ask = {"en": ["what is the {property} of the {device} {code}?", "{property} {code}", "{device} {code} {property}",
                  "how much is the {property} of {code}", "I need the {property} of the {code} {device}"],
           "zh": ["{device} {code} 的{property}是多少？", "{code} {property}", "{code} 的{property}", "请问{device} {code} 的{property}"]}
    say = {"en": ["The {property} of the {device} {code} is {value} {unit}.", "{code} ({device}): {property} {value} {unit}.",
                  "For the {code}, the data sheet of the {device} states {value} {unit} as its {property}.",
                  "Our {device} of type {code} comes with a {property} of {value} {unit}."],
           "zh": ["{device} {code} 的{property}为 {value} {unit}。", "{code}（{device}）：{property} {value} {unit}。",
                  "根据{device}数据表，{code} 的{property}是 {value} {unit}。", "型号 {code} 的{device}，{property}达到 {value} {unit}。"]}
    title = {"en": ["Data sheet {code}", "{device} {code}", "Technical data of the {device}"],
             "zh": ["{code} 数据表", "{device} {code}", "{device}技术参数"]}

    def draw(self, rng):
        return {"family": self.name, "device": rng.randrange(len(lx.DEVICES)), "property": rng.randrange(len(lx.PROPERTIES)),
                "code": code(rng), "value": rng.randrange(2, 500)}

    def slots(self, f, lang, rng):
        unit = (lx.UNITS if lang == "en" else lx.UNITS_ZH)[f["property"]]
        return {"device": form(rng, lx.DEVICES[f["device"]], lang), "property": form(rng, lx.PROPERTIES[f["property"]], lang),
                "code": f["code"], "value": f["value"], "unit": unit}

    def near(self, f, rng):
        changed = dict(f, code=code(rng), value=rng.randrange(2, 500))
        similar = f["code"][:3] + str(rng.randrange(100, 990, 5))
        return [changed, dict(f, property=other(rng, lx.PROPERTIES, f["property"]), value=rng.randrange(2, 500)),
                dict(f, code=similar if similar != f["code"] else code(rng), value=rng.randrange(2, 500))]


class Procedure(Family):
    name, weight = "procedure", 2.0
    ask = {"en": ["how do I {action} the {part} of the {device}?", "{action} the {part} on a {device}", "steps to {action} the {part}, {device}",
                  "instruction: {action} {part} at the {device}", "I want to {action} the {part} of our {device}"],
           "zh": ["怎样{action}{device}的{part}？", "{action}{device}的{part}", "{device}{part}{action}步骤", "我想{action}{device}的{part}"]}
    say = {"en": ["To {action} the {part} of the {device}, {step1}, {step2}.",
                  "This section explains how to {action} the {part} of the {device}: {step1}, then {step2}.",
                  "{step1} before you {action} the {part} on the {device}; afterwards {step2}.",
                  "Only trained staff may {action} the {part} of a {device}. First {step1}, finally {step2}."],
           "zh": ["{action}{device}的{part}时，{step1}，{step2}。", "本节说明如何{action}{device}的{part}：{step1}，然后{step2}。",
                  "{action}{device}{part}之前，{step1}；之后{step2}。", "只有受训人员才能{action}{device}的{part}。先{step1}，最后{step2}。"]}
    title = {"en": ["{device} manual", "Work on the {part}", "Service guide {device}"], "zh": ["{device}手册", "{part}作业", "{device}维护指南"]}
    STEPS = {"en": ["wear gloves", "write an entry in the log book", "use a 10 mm wrench", "inform the control room", "wait for five minutes",
                    "check the green mark", "close the cover", "press the service key", "test the function", "keep the screws", "use the blue handle"],
             "zh": ["戴上手套", "在日志中登记", "使用 10 毫米扳手", "通知控制室", "等待五分钟", "检查绿色标记", "合上盖板", "按服务键", "测试功能", "保管好螺丝", "使用蓝色手柄"]}

    def draw(self, rng):
        return {"family": self.name, "device": rng.randrange(len(lx.DEVICES)), "part": rng.randrange(len(lx.PARTS)),
                "action": rng.randrange(len(lx.ACTIONS))}

    def slots(self, f, lang, rng):
        step1, step2 = rng.sample(self.STEPS[lang], 2)
        return {"device": form(rng, lx.DEVICES[f["device"]], lang), "part": form(rng, lx.PARTS[f["part"]], lang),
                "action": form(rng, lx.ACTIONS[f["action"]], lang), "step1": step1, "step2": step2}

    def near(self, f, rng):
        return [dict(f, action=f["action"] ^ 1), dict(f, part=other(rng, lx.PARTS, f["part"])),
                dict(f, device=other(rng, lx.DEVICES, f["device"])), dict(f, action=f["action"] ^ 1)]


class Feature(Family):
    name, weight = "feature", 1.5
    ask = {"en": ["{device} {with} {feature}", "which {device} {has} {feature}?", "I am looking for a {device} {with} {feature}",
                  "find a {device} that {has} {feature}"],
           "zh": ["{has}{feature}的{device}", "哪种{device}{has}{feature}？", "我在找{has}{feature}的{device}"]}
    say = {"en": ["The {device} {code} {has} {feature}.", "{code} is a {device} that {has} {feature}.",
                  "Please note: the {device} of series {code} {has} {feature}.", "{code}: {device} {with} {feature}."],
           "zh": ["{device} {code} {has}{feature}。", "{code} 是一款{has}{feature}的{device}。", "请注意：{code} 系列{device}{has}{feature}。"]}
    title = {"en": ["{device} {code}", "Product note {code}", "Catalogue: {device}"], "zh": ["{device} {code}", "产品说明 {code}", "目录：{device}"]}
    HAS = {"en": {True: ["supports", "offers", "is fit for", "allows"], False: ["does not support", "offers no", "is not fit for", "does not allow"]},
           "zh": {True: ["支持", "提供", "具备"], False: ["不支持", "不提供", "不具备"]}}
    WITH = {True: ["with", "made for", "including"], False: ["without", "lacking", "not made for"]}

    def draw(self, rng):
        return {"family": self.name, "device": rng.randrange(len(lx.DEVICES)), "feature": rng.randrange(len(lx.FEATURES)),
                "yes": rng.random() < 0.5, "code": code(rng)}

    def slots(self, f, lang, rng):
        return {"device": form(rng, lx.DEVICES[f["device"]], lang), "feature": form(rng, lx.FEATURES[f["feature"]], lang),
                "has": rng.choice(self.HAS[lang][f["yes"]]), "with": rng.choice(self.WITH[f["yes"]]), "code": f["code"]}

    def near(self, f, rng):
        return [dict(f, yes=not f["yes"], code=code(rng)), dict(f, yes=not f["yes"], code=code(rng)),
                dict(f, feature=other(rng, lx.FEATURES, f["feature"]), code=code(rng)),
                dict(f, device=other(rng, lx.DEVICES, f["device"]), code=code(rng))]


class Direction(Family):
    name, weight = "direction", 1.2
    ask = {"en": ["how are records moved from the {a} to the {b}?", "migration from the {a} to the {b}", "transfer {a} to {b}",
                  "copying everything out of the {a} into the {b}"],
           "zh": ["数据怎样从{a}迁移到{b}？", "从{a}到{b}的迁移", "把{a}的内容复制到{b}"]}
    say = {"en": ["All entries go from the {a} to the {b} {when}.", "The {b} receives its data from the {a} {when}.",
                  "{when}, the contents of the {a} are copied into the {b}.", "We move from the {a} to the {b}; the job runs {when}."],
           "zh": ["{when}，所有条目从{a}转到{b}。", "{b}{when}接收来自{a}的数据。", "{when}把{a}的内容复制到{b}。", "我们从{a}迁往{b}，任务{when}运行。"]}
    title = {"en": ["Migration plan", "Data flow {a}", "Project note"], "zh": ["迁移计划", "{a}数据流", "项目说明"]}
    WHEN = {"en": ["every night", "on Sunday", "at noon", "in the first week of May", "once an hour", "in the summer break"],
            "zh": ["每天夜里", "周日", "中午", "五月第一周", "每小时一次", "暑假期间"]}

    def draw(self, rng):
        a, b = rng.sample(range(len(lx.SYSTEMS)), 2)
        return {"family": self.name, "a": a, "b": b, "code": rng.randrange(40)}

    def slots(self, f, lang, rng):
        return {"a": form(rng, lx.SYSTEMS[f["a"]], lang), "b": form(rng, lx.SYSTEMS[f["b"]], lang), "when": rng.choice(self.WHEN[lang])}

    def near(self, f, rng):
        return [dict(f, a=f["b"], b=f["a"]), dict(f, a=f["b"], b=f["a"]), dict(f, b=other_than(rng, lx.SYSTEMS, (f["a"], f["b"])))]


def other_than(rng, table, taken):
    return rng.choice([i for i in range(len(table)) if i not in taken])


class Handover(Family):
    name, weight = "handover", 1.0
    ask = {"en": ["which requests of the {a} does the {b} approve?", "the {a} asks the {b} for approval", "{b} signs for the {a}",
                  "forms that go from the {a} to the {b}"],
           "zh": ["{b}审批{a}的哪些申请？", "{a}向{b}申请批准", "{b}为{a}签字"]}
    say = {"en": ["The {a} hands its forms to the {b}, who signs them within {n} days.", "Requests by the {a} are approved by the {b}.",
                  "The {b} approves what the {a} asks for.", "It is the {b} that gives consent to the {a}."],
           "zh": ["{a}把表单交给{b}，{b}在 {n} 天内签字。", "{a}的申请由{b}批准。", "{b}审批{a}提出的请求。"]}
    title = {"en": ["Approval rule", "Responsibilities", "Who signs what"], "zh": ["审批规则", "职责", "谁来签字"]}

    def draw(self, rng):
        a, b = rng.sample(range(len(lx.TEAMS)), 2)
        return {"family": self.name, "a": a, "b": b, "n": rng.randrange(2, 15)}

    def slots(self, f, lang, rng):
        return {"a": form(rng, lx.TEAMS[f["a"]], lang), "b": form(rng, lx.TEAMS[f["b"]], lang), "n": f["n"]}

    def near(self, f, rng):
        return [dict(f, a=f["b"], b=f["a"]), dict(f, a=f["b"], b=f["a"]), dict(f, b=other_than(rng, lx.TEAMS, (f["a"], f["b"])))]


class Ticket(Family):
    name, weight = "ticket", 1.5
    ask = {"en": ["{open} tickets: {node} {symptom}", "{node} {symptom}, ticket {open}", "is there an {open} case that {node} in {site} {symptom}?",
                  "{open} incident about {node} which {symptom}"],
           "zh": ["{node} {symptom}的{open}工单", "{site} {node} {symptom}，{open}", "有没有 {node} {symptom}的{open}记录？"]}
    say = {"en": ["Ticket {number}: {node} in {site} {symptom}. State: {open}.", "Case {number}, {open}: the machine {node} at {site} {symptom}.",
                  "{site}, {node}: a colleague says that it {symptom}. This incident is {open}."],
           "zh": ["工单 {number}：{site}的 {node} {symptom}。状态：{open}。", "案例 {number}，{open}：{site}机器 {node} {symptom}。",
                  "{site} {node}：同事说它{symptom}。该事件{open}。"]}
    title = {"en": ["Ticket {number}", "Incident at {site}", "Case {number} {node}"], "zh": ["工单 {number}", "{site}事件", "案例 {number} {node}"]}
    OPEN = {"en": {True: ["open", "unresolved", "still pending"], False: ["closed", "resolved", "already solved"]},
            "zh": {True: ["未解决", "处理中", "待处理"], False: ["已关闭", "已解决", "已处理完"]}}

    def draw(self, rng):
        return {"family": self.name, "node": node(rng), "site": rng.randrange(len(lx.SITES)), "symptom": rng.randrange(len(lx.SYMPTOMS)),
                "open": rng.random() < 0.5, "number": rng.randrange(1000, 9999)}

    def slots(self, f, lang, rng):
        return {"node": f["node"], "site": form(rng, lx.SITES[f["site"]], lang), "symptom": form(rng, lx.SYMPTOMS[f["symptom"]], lang),
                "open": rng.choice(self.OPEN[lang][f["open"]]), "number": f["number"]}

    def near(self, f, rng):
        fresh = {"number": rng.randrange(1000, 9999)}
        changed = node(rng)
        while changed == f["node"]:
            changed = node(rng)
        return [dict(f, open=not f["open"], **fresh), dict(f, node=changed, **fresh),
                dict(f, symptom=other(rng, lx.SYMPTOMS, f["symptom"]), **fresh)]


class Stock(Family):
    name, weight = "stock", 1.0
    ask = {"en": ["is a spare {part} in stock at {site}?", "{part} available in {site}", "does {site} have a {part} left", "get a {part} from the {site} store"],
           "zh": ["{site}有{part}库存吗？", "{site}可用的{part}", "从{site}仓库领取{part}"]}
    say = {"en": ["The store in {site} holds {n} pieces: {part}.", "{part}: {n} units are available at {site}.", "In {site} you can pick up a {part}; {n} are left on the shelf."],
           "zh": ["{site}仓库存有 {n} 件{part}。", "{part}：{site}可用 {n} 个。", "{site}可以领取{part}，货架上还有 {n} 个。"]}
    gone = {"en": ["The {part} is sold out in {site}.", "{site} has no {part} at present; delivery takes weeks.", "{part}: none left at {site}."],
            "zh": ["{site}的{part}已缺货。", "{site}目前没有{part}，到货需数周。", "{part}：{site}库存为零。"]}
    title = {"en": ["Spare parts {site}", "Stock list", "Store report"], "zh": ["{site}备件", "库存清单", "仓库报告"]}

    def draw(self, rng):
        return {"family": self.name, "part": rng.randrange(len(lx.PARTS)), "site": rng.randrange(len(lx.SITES)), "n": rng.randrange(1, 60), "gone": False}

    def slots(self, f, lang, rng):
        return {"part": form(rng, lx.PARTS[f["part"]], lang), "site": form(rng, lx.SITES[f["site"]], lang), "n": f["n"]}

    def stated(self, f, lang, rng):
        return self._render(self.gone if f["gone"] else self.say, f, lang, rng)

    def near(self, f, rng):
        return [dict(f, gone=True), dict(f, site=other(rng, lx.SITES, f["site"])), dict(f, part=other(rng, lx.PARTS, f["part"]))]


FAMILIES = {family.name: family for family in (Trouble(), Spec(), Procedure(), Feature(), Direction(), Handover(), Ticket(), Stock())}
NAMES = list(FAMILIES)
WEIGHTS = [FAMILIES[n].weight for n in NAMES]
# What a question asks about: two facts with equal keys answer the same question.
KEYS = {"trouble": ("device", "symptom"), "spec": ("code", "property"), "procedure": ("device", "part", "action"),
        "feature": ("device", "feature", "yes"), "direction": ("a", "b"), "handover": ("a", "b"),
        "ticket": ("node", "symptom", "open"), "stock": ("part", "site", "gone")}


def key_of(fact):
    return (fact["family"],) + tuple(fact[k] for k in KEYS[fact["family"]])


def key_params(fact):
    """The parameters that decide the split of a fact; a fact and its exact opposite always share a split."""
    key = {k: fact[k] for k in KEYS[fact["family"]] if k not in ("yes", "open", "gone")}
    if "action" in key:
        key["action"] //= 2
    if "a" in key:
        key["a"], key["b"] = sorted((key["a"], key["b"]))
    return {"family": fact["family"], **key}


def draw_fact(rng: random.Random, name=None):
    return FAMILIES[name or rng.choices(NAMES, WEIGHTS)[0]].draw(rng)
