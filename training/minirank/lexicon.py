"""Concepts of the knowledge-base domain with their English and Chinese surface forms.

Each line is `english form|other form|... = chinese form|other form|...`. Forms of one line mean the same;
different lines differ in meaning, so a swapped concept makes a document irrelevant.
"""


def table(text: str) -> list:
    """List of {"en": [...], "zh": [...]} from the lines above."""
    rows = []
    for line in text.strip().splitlines():
        en, zh = line.split(" = ")
        rows.append({"en": [w.strip() for w in en.split("|")], "zh": [w.strip() for w in zh.split("|")]})
    return rows


DEVICES = table("""
storage array|disk array = 存储阵列|磁盘阵列
core switch|backbone switch = 核心交换机|骨干交换机
edge router|branch router = 边缘路由器|分支路由器
firewall|security gateway = 防火墙|安全网关
backup server|backup machine = 备份服务器|备份主机
tape library|tape robot = 磁带库|磁带机
UPS|uninterruptible power supply = 不间断电源|UPS 电源
diesel generator|emergency generator = 柴油发电机|应急发电机
cooling unit|air conditioning unit = 制冷机组|空调机组
water pump|circulation pump = 水泵|循环泵
air compressor|compressor = 空气压缩机|空压机
conveyor belt|transport belt = 传送带|输送带
robot arm|industrial robot = 机械臂|工业机器人
label printer|sticker printer = 标签打印机|贴纸打印机
laser cutter|laser cutting machine = 激光切割机|激光切割设备
milling machine|CNC mill = 铣床|数控铣床
hydraulic press|press machine = 液压机|压力机
forklift|lift truck = 叉车|堆高车
badge reader|access card reader = 门禁读卡器|刷卡机
security camera|surveillance camera = 监控摄像头|安防摄像机
wireless access point|Wi-Fi access point = 无线接入点|无线 AP
laptop|notebook computer = 笔记本电脑|手提电脑
docking station|laptop dock = 扩展坞|笔记本底座
meeting room display|conference screen = 会议室显示屏|会议大屏
desk phone|office telephone = 桌面电话|办公电话
barcode scanner|handheld scanner = 条码扫描器|手持扫码枪
load balancer|traffic balancer = 负载均衡器|流量均衡设备
database cluster|database system = 数据库集群|数据库系统
mail server|e-mail server = 邮件服务器|邮箱服务器
VPN gateway|remote access gateway = VPN 网关|远程接入网关
elevator|lift = 电梯|升降机
boiler|steam boiler = 锅炉|蒸汽锅炉
packaging machine|wrapping machine = 包装机|打包机
temperature sensor|heat sensor = 温度传感器|测温探头
pressure valve|relief valve = 压力阀|泄压阀
smoke detector|smoke sensor = 烟雾探测器|烟感器
""")

SYMPTOMS = table("""
overheats|gets too hot|runs at an excessive temperature = 过热|温度过高
restarts by itself|reboots unexpectedly|keeps rebooting = 自动重启|意外重启
does not start|fails to power on|will not turn on = 无法启动|开不了机
makes a loud noise|is unusually noisy|rattles loudly = 噪音很大|发出异响
loses the network connection|drops off the network|goes offline = 掉线|网络断开
responds very slowly|has become sluggish|takes very long to answer = 响应很慢|反应迟缓
shows an error code|displays a fault number|reports an error = 显示错误代码|报错
leaks water|drips liquid|has a wet floor below it = 漏水|渗水
smells of burning|gives off a scorched smell = 有焦味|发出烧焦气味
vibrates strongly|shakes during operation = 剧烈振动|运行时抖动
rejects valid cards|refuses known badges|denies access to staff = 拒绝有效卡|不识别员工卡
loses data|drops records|has missing records = 丢失数据|记录缺失
fills up its disk|runs out of disk space|has no free storage left = 磁盘写满|存储空间不足
does not charge|keeps an empty battery|stays at zero percent battery = 无法充电|电池充不进电
shows a black screen|has a dark display|displays nothing = 黑屏|屏幕无显示
prints blank pages|produces empty labels = 打印空白|打出空白标签
trips the breaker|blows the fuse = 跳闸|烧断保险丝
loses pressure|cannot hold pressure = 失压|压力下降
stops in the middle of a job|halts halfway|freezes during operation = 中途停机|运行中卡死
sends duplicate messages|delivers everything twice = 重复发送消息|消息发两遍
""")

CAUSES = table("""
the air filter is clogged|dust blocks the filter = 空气滤网堵塞|滤网积灰
the fan has failed|a fan is broken = 风扇故障|风扇损坏
the firmware is outdated|old firmware is installed = 固件版本过旧|固件未更新
the power cable is loose|the mains plug is not seated = 电源线松动|电源插头没插紧
the battery is worn out|the battery has aged = 电池老化|电池寿命耗尽
the license has expired|the license ran out = 许可证过期|授权到期
a memory module is defective|bad memory is installed = 内存条损坏|内存故障
the seal is damaged|a gasket is torn = 密封圈损坏|垫片破裂
the bearing is worn|a bearing needs grease = 轴承磨损|轴承缺油
the clock is wrong|the time is not synchronised = 时钟错误|时间不同步
the DNS entry is missing|the host name cannot be resolved = 缺少 DNS 记录|主机名无法解析
the certificate is invalid|the certificate has lapsed = 证书无效|证书失效
the log partition is full|old logs were never deleted = 日志分区已满|旧日志没有清理
the cable is bent|the cable is kinked = 线缆弯折|电缆被压弯
the sensor is dirty|the sensor needs cleaning = 传感器脏污|传感器需要清洁
the emergency stop is engaged|the red stop button is pressed = 急停按钮被按下|处于急停状态
the voltage is too low|the supply voltage drops = 电压过低|供电电压下降
two devices share one address|an address conflict exists = 地址冲突|两台设备使用同一地址
""")

FIXES = table("""
clean the filter|remove the dust from the filter = 清洁滤网|清除滤网灰尘
replace the fan|swap the fan for a new one = 更换风扇|换一个新风扇
update the firmware|install the latest firmware = 升级固件|安装最新固件
reseat the power cable|push the mains plug in firmly = 重新插紧电源线|把电源插头插牢
replace the battery|fit a new battery = 更换电池|安装新电池
renew the license|enter a new license key = 续期许可证|输入新的授权码
exchange the memory module|fit new memory = 更换内存条|换新内存
replace the seal|fit a new gasket = 更换密封圈|换新垫片
grease the bearing|lubricate the bearing = 给轴承加油|润滑轴承
synchronise the clock|set the time by NTP = 同步时钟|用 NTP 校时
add the DNS entry|register the host name = 添加 DNS 记录|登记主机名
issue a new certificate|renew the certificate = 签发新证书|更新证书
delete old logs|clear the log partition = 删除旧日志|清理日志分区
route the cable anew|straighten the cable = 重新布线|理直线缆
wipe the sensor|clean the sensor = 擦拭传感器|清洁传感器
release the emergency stop|pull out the red stop button = 松开急停按钮|解除急停
check the supply voltage|measure the mains voltage = 检查供电电压|测量电源电压
assign a free address|change the address = 分配空闲地址|修改地址
""")

PARTS = table("""
fan module|fan tray = 风扇模块|风扇组件
power supply|power unit = 电源模块|供电单元
hard disk|disk drive = 硬盘|磁盘
memory module|RAM stick = 内存条|内存模块
network card|network adapter = 网卡|网络适配器
battery pack|battery = 电池组|电池
air filter|dust filter = 空气滤网|防尘网
door seal|door gasket = 门封|门密封条
control panel|operator panel = 控制面板|操作面板
drive belt|V-belt = 传动带|三角带
cooling hose|coolant pipe = 冷却管|冷却软管
fuse|fuse link = 保险丝|熔断器
display cable|screen cable = 显示线|屏幕线
ink cartridge|ink tank = 墨盒|墨水盒
pressure gauge|manometer = 压力表|压力计
optical module|fiber transceiver = 光模块|光纤收发器
""")

# opposite actions stand in pairs: 0-1, 2-3, ...
ACTIONS = table("""
install|fit|mount = 安装|装上
remove|take out|dismount = 拆下|取出
enable|switch on|activate = 启用|打开
disable|switch off|deactivate = 停用|关闭
lock|secure = 锁定|上锁
unlock|release = 解锁|开锁
tighten|fasten = 拧紧|紧固
loosen|slacken = 松开|拧松
connect|attach = 连接|接上
disconnect|detach = 断开|拔下
fill|top up = 加注|补充
drain|empty = 排空|放空
""")

PROPERTIES = table("""
maximum operating temperature|highest permitted temperature = 最高工作温度|允许的最高温度
minimum operating temperature|lowest permitted temperature = 最低工作温度|允许的最低温度
weight|mass = 重量|质量
power consumption|energy use = 功耗|耗电量
warranty period|guarantee time = 保修期|质保时间
noise level|sound level = 噪音水平|声级
network speed|data rate = 网络速度|传输速率
number of ports|port count = 端口数量|接口数
storage capacity|disk space = 存储容量|磁盘空间
service interval|maintenance cycle = 保养周期|维护间隔
purchase price|cost = 采购价格|价格
delivery time|lead time = 交货时间|到货周期
maximum load|highest load = 最大负载|最高载荷
battery life|running time on battery = 电池续航|电池使用时间
""")
UNITS = ["°C", "°C", "kg", "W", "months", "dB", "Gbit/s", "ports", "TB", "weeks", "EUR", "days", "kg", "hours"]
UNITS_ZH = ["°C", "°C", "公斤", "瓦", "个月", "分贝", "Gbit/s", "个", "TB", "周", "欧元", "天", "公斤", "小时"]

FEATURES = table("""
hot swapping|replacement during operation = 热插拔|带电更换
remote management|control over the network = 远程管理|网络控制
two-factor login|a second login factor = 双因素登录|二次验证
outdoor use|use in the open air = 户外使用|露天使用
night operation|work at night = 夜间运行|夜间作业
wireless charging|charging without a cable = 无线充电|免线充电
encrypted backups|backups with encryption = 加密备份|备份加密
power over Ethernet|PoE = 以太网供电|PoE 供电
guest access|access for visitors = 访客访问|来宾接入
automatic updates|updates without an operator = 自动更新|自动升级
""")

SITES = table("""
Berlin = 柏林
Hamburg = 汉堡
Munich = 慕尼黑
Vienna = 维也纳
Zurich = 苏黎世
Paris = 巴黎
Madrid = 马德里
Warsaw = 华沙
Shanghai = 上海
Beijing = 北京
Shenzhen = 深圳
Singapore = 新加坡
Tokyo = 东京
Toronto = 多伦多
Boston = 波士顿
Austin = 奥斯汀
""")

SYSTEMS = table("""
payroll system|salary system = 薪资系统|工资系统
ticket system|help desk system = 工单系统|服务台系统
warehouse system|stock system = 仓库系统|库存系统
web shop|online store = 网上商城|在线商店
time recording|attendance system = 考勤系统|工时系统
document archive|file archive = 文档库|档案系统
customer database|CRM = 客户数据库|CRM 系统
test environment|staging system = 测试环境|预发布系统
old data center|former data center = 旧数据中心|原机房
new data center|modern data center = 新数据中心|新机房
cloud storage|object storage = 云存储|对象存储
local file server|on-site file share = 本地文件服务器|内部共享盘
""")

TEAMS = table("""
facility team|building services = 设施团队|后勤部
network team|network operations = 网络团队|网络运维组
security team|information security = 安全团队|信息安全部
finance department|accounting = 财务部|会计部
human resources|personnel department = 人力资源部|人事部
purchasing|procurement = 采购部|采购组
quality assurance|quality team = 质量部|质检组
production planning|planning office = 生产计划部|计划科
legal department|lawyers = 法务部|法律部
help desk|IT support = 服务台|IT 支持
""")
