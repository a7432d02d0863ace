// Words of the agent's workbench.
export default {
  "page.workbench": "坐席工作台",
};
