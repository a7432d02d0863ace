// Words of the boards: shift leader, ops, the client's own page.
export default {
  "page.supervisor": "班长台",
  "page.ops": "运维监控",
  "page.subscriptions": "我的订阅",
};
