//! What clients say and agents answer, all of it made up.
//!
//! In: nothing. Out: sentences by matter. Never here: a real person's words, name or number.

/// What clients write on an ordinary morning.
pub const QUESTIONS: &[&str] = &[
    "请问你们几点下班",
    "银证转账转不出来",
    "资金昨天转出,今天还没到账",
    "想换银行做三方存管",
    "我要开户需要带什么",
    "科创板怎么开通",
    "风险测评过期了怎么办",
    "軟件在哪裡下載",
    "忘记密码了",
    "追保短信是什么意思",
    "期权行权怎么操作",
    "维持担保比例低于多少会强平",
    "后市怎么看,给点投资建议",
    "证监会的新规是什么意思",
    "又炸板了,砍仓吧",
    "能不能提个意见,夜间看着太刺眼",
    "我的投诉处理到哪一步了",
    "新股中签了什么时候缴款",
    "对账单可以发到邮箱吗",
    "分红什么时候到账",
];

/// What clients write when trading does not go.
pub const INCIDENTS: &[&str] = &[
    "刚才那笔委托提交不了,马上收盘了!",
    "撤不了单,一直显示已报",
    "APP登录不上,一直转圈",
    "行情不刷新,卡住了",
    "卖不出去怎么回事,急!!",
];

/// What agents recognise a trading incident by.
pub const INCIDENT_SIGNS: &[&str] = &["提交不了", "撤不了", "登录不上", "不刷新", "卖不出去"];

/// What clients say at the counter.
pub const AT_THE_COUNTER: &[&str] =
    &["想改手机号,带了身份证", "给孩子开户要什么手续", "来打印去年的对账单", "开通创业板权限"];

/// What complaints say.
pub const COMPLAINTS: &[&str] = &[
    "我要投诉你们客服态度恶劣,昨天打了三次电话都没人管。",
    "打你们热线没人管,推来推去,这事必须给个说法。",
    "上周的转账失败没有人给我回电,要求你们赔偿损失。",
];

/// What agents ask before they can answer.
pub const ASKED_BACK: &[&str] =
    &["请问是哪家银行的账户?", "请问页面上提示什么代码?", "您方便说一下大概是几点操作的吗?"];

/// What agents answer.
pub const ANSWERS: &[&str] = &[
    "您好,已为您查到,马上处理,请稍候。",
    "您好,这边看到您的情况了,按页面「我的-设置」操作一次即可。",
    "您好,资金已在途,预计今天15:30前到账。",
    "您好,已登记,处理好后第一时间告诉您。",
    "您好,请更新到最新版本后重新登录,如仍不行请告诉我。",
];

/// What clients answer when they are content.
pub const THANKS: &[&str] = &["好的,谢谢", "明白了", "好,我试试"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_incident_shows_a_sign_and_no_question_does() {
        let shows = |text: &str| INCIDENT_SIGNS.iter().any(|sign| text.contains(sign));
        assert!(INCIDENTS.iter().all(|text| shows(text)));
        assert!(!QUESTIONS.iter().any(|text| shows(text)));
    }
}
