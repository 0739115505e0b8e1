"""Office questions: each topic has ways to ask for it and passages that answer it, in English and Chinese."""


def _topic(text: str) -> dict:
    topic = {"ask_en": [], "say_en": [], "ask_zh": [], "say_zh": []}
    for line in text.strip().splitlines():
        key, value = line.split(":", 1)
        topic[{"q": "ask_en", "a": "say_en", "Q": "ask_zh", "A": "say_zh"}[key.strip()]].append(value.strip())
    return topic


_TEXT = """
q: how do I reset my password
q: forgotten login secret, what now
a: Credentials can be renewed on the self-service page; confirm the code sent to your phone and choose a new passphrase.
a: If you cannot sign in any more, open the account portal and set a fresh secret after the SMS check.
Q: 怎么重置密码
Q: 忘记登录口令怎么办
A: 在自助页面确认手机验证码后即可设置新的口令。
A: 无法登录时，请打开账户门户，通过短信验证后更换密码。

q: how many vacation days can I carry over
q: unused annual leave at the end of the year
a: Up to five days of leave that were not taken move into the next year and lapse at the end of March.
a: Remaining holidays are kept until spring; beyond five days they expire on 31 December.
Q: 年假可以结转几天
Q: 年底没休完的假期怎么办
A: 未休的假期最多五天可以转入下一年，三月底失效。
A: 剩余年休保留到春天，超过五天的部分年底作废。

q: how do I claim travel expenses
q: getting money back for a business trip
a: Upload the receipts for hotel and train within thirty days; the refund arrives with the next salary.
a: Costs of journeys on duty are reimbursed once the vouchers are in the finance portal.
Q: 差旅费怎么报销
Q: 出差的钱如何拿回来
A: 三十天内上传酒店和火车票据，款项随下月工资发放。
A: 公务旅行的费用在财务门户提交凭证后返还。

q: can I work from home
q: rules for remote work
a: Staff may spend two days a week outside the office after agreeing it with their manager.
a: Mobile working is possible for up to eight days per month; core hours from ten to three still apply.
Q: 可以在家办公吗
Q: 远程工作的规定
A: 与主管商定后，员工每周可有两天不在办公室。
A: 每月最多八天移动办公，核心时间十点到三点照常。

q: who do I call when there is a fire
q: what to do if the building burns
a: Leave by the marked stairs, never by the lift, and meet at the assembly point; dial 112 from outside.
a: In case of flames or smoke press the nearest red alarm box and go to the gathering place behind gate 2.
Q: 发生火灾打给谁
Q: 大楼着火怎么办
A: 沿标示的楼梯撤离，不要乘电梯，到集合点后拨打 119。
A: 看到火焰或浓烟请按下最近的红色报警器并前往二号门后的集合处。

q: how do I get a visitor badge
q: bringing a guest into the building
a: Register outside people one day ahead; reception hands them a yellow card in exchange for an ID.
a: External persons are announced in the portal and collected by their host at the front desk.
Q: 访客证怎么办理
Q: 如何带客人进大楼
A: 外部人员需提前一天登记，前台凭证件发放黄色卡片。
A: 来宾先在门户预约，由接待人到前台领取。

q: how do I order a new laptop
q: my notebook is old, how to get a replacement
a: Portable computers are exchanged every four years; file the hardware request and pick the device up at the IT counter.
a: A new machine is granted after approval of the cost centre; delivery takes about ten working days.
Q: 怎么申请新笔记本
Q: 电脑旧了如何更换
A: 手提电脑每四年更换一次，提交硬件申请后到 IT 柜台领取。
A: 成本中心批准后发放新设备，约需十个工作日。

q: how do I connect to the VPN
q: reaching internal sites from outside
a: Start the remote access client, choose the nearest gateway and approve the push on your phone.
a: The intranet is available from anywhere once the tunnel is up; the second factor is the authenticator app.
Q: 如何连接 VPN
Q: 在外面怎么访问内网
A: 打开远程接入客户端，选择最近的网关并在手机上确认。
A: 隧道建立后即可从任何地方访问内部网站，需要验证器应用。

q: I found a phishing mail
q: suspicious message with a strange link
a: Do not click anything; use the report button so that the security team can block the sender.
a: Dubious e-mail belongs to the abuse mailbox; never enter credentials on pages it points to.
Q: 收到钓鱼邮件怎么办
Q: 可疑的信息带着奇怪的链接
A: 不要点击，使用举报按钮，安全团队会拦截发件人。
A: 可疑邮件请转发到安全信箱，切勿在其页面输入账号。

q: how do I book a meeting room
q: reserving a place for a conference
a: Rooms are chosen in the calendar under resources; those not entered within fifteen minutes are released.
a: Pick a free space for your discussion in the booking panel beside each door or in the calendar.
Q: 怎么预订会议室
Q: 预留开会的地方
A: 在日历的资源中选择房间，十五分钟未进入则自动释放。
A: 可在门旁的面板或日历里挑选空闲空间。

q: what do I do when I am sick
q: reporting illness
a: Tell your manager before nine; from the fourth day on hand in a doctor's certificate.
a: Employees who fall ill inform their team the same morning, and send the medical note later.
Q: 生病了怎么请假
Q: 如何报告病情
A: 九点前告知主管，第四天起提交医生证明。
A: 员工患病当天早上通知团队，之后补交诊断书。

q: where can I park my car
q: parking spaces for staff
a: The garage on level minus one is open to employees with a blue permit; visitors use the yard.
a: Vehicles are left in the multi-storey car park; charging poles stand on deck two.
Q: 车停在哪里
Q: 员工停车位
A: 负一层车库对持蓝色许可的员工开放，访客使用院子。
A: 车辆停放在立体车库，充电桩在二层。

q: how do I separate waste
q: which bin for batteries and paper
a: Used cells go to the red box at the gate, cardboard to the blue container, food scraps to the brown one.
a: Recycling: old accumulators are collected by the porter, sheets of paper belong in the blue bin.
Q: 垃圾怎么分类
Q: 电池和纸张扔哪个桶
A: 废旧电池投门口红箱，纸板投蓝桶，厨余投棕桶。
A: 回收：旧蓄电池交门卫，纸张放蓝色桶。

q: how do I change my bank account for the salary
q: new bank details for pay
a: Enter the IBAN in the personnel portal before the tenth so that wages reach the right place.
a: The payroll office needs your fresh account number in writing by the tenth of the month.
Q: 怎么更改工资卡
Q: 发薪的银行信息变更
A: 十号之前在人事门户填写新账号，工资即转入新卡。
A: 薪资部需要您书面提交新的银行账号。

q: how long is the notice period
q: quitting the job, what time limits apply
a: An employment contract can be ended with three months' warning to the end of a quarter.
a: Resignation must be in writing; the term is four weeks in the probation time, later three months.
Q: 离职要提前多久
Q: 辞职的期限
A: 劳动合同可提前三个月在季度末终止。
A: 辞呈须书面提交，试用期四周，之后三个月。

q: is there a course for new employees
q: training at the beginning of the job
a: Everyone who joins takes part in the onboarding days in the first week, with safety and IT lessons.
a: Newcomers are guided by a mentor and attend an introduction seminar on Monday.
Q: 新员工有培训吗
Q: 入职初期的课程
A: 新加入者第一周参加入职日，包含安全与 IT 课。
A: 新人由导师带领，周一参加介绍讲座。

q: may I install my own software
q: putting private programs on the company computer
a: Applications come from the software centre only; other tools need a release by the security team.
a: Unapproved packages are blocked on office machines; ask for an exception with a ticket.
Q: 可以自己装软件吗
Q: 在公司电脑上放私人程序
A: 应用只能来自软件中心，其他工具需安全团队放行。
A: 未批准的程序在办公设备上被拦截，可提单申请例外。

q: how do I restore a deleted file
q: getting back a document removed by accident
a: Right-click the folder and open previous versions; snapshots are held for thirty days.
a: Erased items can be recovered from the recycle area of the share, later from last night's backup.
Q: 删除的文件怎么恢复
Q: 误删的文档如何找回
A: 右击文件夹打开以前的版本，快照保留三十天。
A: 被清除的内容可在共享回收区找回，之后从昨夜备份恢复。

q: how do I set an out of office reply
q: automatic answer while on holiday
a: In the mail program switch on the absence notice with dates and the name of your deputy.
a: Before leave, activate the auto-responder so that senders learn when you return.
Q: 怎么设置外出自动回复
Q: 休假时的自动答复
A: 在邮件程序中打开缺席通知，填写日期与代理人。
A: 休假前启用自动应答，让发件人知道您何时返回。

q: how do I dispose of old hard disks
q: destroying storage media with data
a: Drives that are no longer needed are shredded; put them in the locked box, never in the bin.
a: Media holding information are wiped twice and then handed to the certified shredder company.
Q: 旧硬盘怎么处理
Q: 销毁存有数据的介质
A: 不再使用的硬盘须粉碎，放入上锁的箱子，不得扔进垃圾桶。
A: 含有信息的介质先擦除两遍，再交给认证的销毁公司。

q: what must I wear in the workshop
q: protective clothing in production
a: Safety shoes and goggles are compulsory beyond the yellow line; helmets where cranes run.
a: Put on steel-capped boots, eye protection and gloves before entering the hall.
Q: 车间里要穿什么
Q: 生产区的防护装备
A: 黄线以内必须穿安全鞋、戴护目镜，吊车区域戴头盔。
A: 进入车间前穿钢头靴，戴护目镜和手套。

q: someone is injured, what first aid
q: accident at work, who helps
a: First aiders are listed at the green cross; call 3333 and write the event into the accident book.
a: Wounds are treated in room 0.12; every mishap must be reported the same day.
Q: 有人受伤怎么急救
Q: 工伤找谁
A: 急救员名单在绿十字旁，拨打 3333 并登记事故簿。
A: 伤口在 0.12 室处理，每起事故须当天上报。

q: when does the canteen open
q: lunch hours
a: Warm meals are served from half past eleven to two; the coffee bar stays until four.
a: You can eat in the restaurant between 11:30 and 14:00, paying with the staff card.
Q: 食堂几点开
Q: 午餐时间
A: 热餐供应十一点半至两点，咖啡吧到四点。
A: 餐厅十一点半到两点营业，用员工卡支付。

q: how do I share a large file with a customer
q: sending big data to people outside
a: Use the exchange drive: create a link with an end date and send the password by phone.
a: Attachments above 20 MB go through the transfer portal, which deletes them after a week.
Q: 大文件怎么发给客户
Q: 向外部传送大数据
A: 使用交换盘，生成带期限的链接并电话告知口令。
A: 超过 20 MB 的附件走传输门户，一周后删除。

q: how do I get paid for overtime
q: extra hours, are they compensated
a: Additional work ordered by the manager is credited to the time account or settled with a quarter on top.
a: Surplus hours are balanced by free days first; only the rest is paid out.
Q: 加班有钱吗
Q: 额外工时怎么补偿
A: 主管安排的加班记入工时账户，或加两成半支付。
A: 多余工时先调休，剩余部分才支付。

q: how do I set up the printer
q: adding a device for printing on paper
a: Open the queue list, choose the one of your floor and hold your card to the machine to release jobs.
a: The follow-me queue is preinstalled; pages come out at whichever copier you badge in.
Q: 怎么设置打印机
Q: 添加打印设备
A: 打开队列列表，选择所在楼层，刷卡后出纸。
A: 随行队列已预装，在任意复印机刷卡即可输出。

q: may I take photos in the factory
q: pictures inside the plant
a: Cameras are forbidden in production unless the plant manager signs a permit.
a: Shooting images or films on the shop floor needs written consent; phones stay in the locker.
Q: 工厂里可以拍照吗
Q: 厂区内的影像
A: 生产区禁止使用相机，除非厂长签发许可。
A: 在车间拍摄需书面同意，手机存放在柜子里。

q: how do I report a broken chair or lamp
q: furniture repair in the office
a: Defects of rooms and equipment are noted in the facility app with a photo; the caretaker comes within two days.
a: For damaged desks or lights open a building ticket; spare seats stand in the basement.
Q: 椅子或灯坏了找谁
Q: 办公家具维修
A: 房间和设备缺陷请在设施应用中拍照登记，管理员两天内上门。
A: 桌子或灯具损坏请提交楼宇工单，备用座椅在地下室。
"""
POLICIES = [_topic(block) for block in _TEXT.strip().split("\n\n")]
