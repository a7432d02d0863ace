// Accounts of the channels: what comes in, and the deliveries by lane and state.
// In: figures. Out: a table, one row per lane. Never here: a delivery.
import { html } from "../../base/ui.js";
import { span, t, word } from "../../base/words.js";
import { Icon } from "../../parts/icon.js";

const STATES = ["sent", "delivered", "failed", "retried", "expired", "unknown", "withheld"];
const BAD = ["failed", "unknown"];
/** Overdue so long, a lane stands still. */
const STUCK_S = 60;

export function Channels({ channels }) {
  return html`<section class="panel" aria-labelledby="channels">
    <div class="panel-head"><h2 id="channels" class="grow">${t("ops.channels")}</h2><span class="quiet">${t("ops.hour")}</span></div>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="channels"><table class="table tight channels">
      <caption class="unseen">${t("ops.channels")}</caption>
      <thead><tr>
        <th scope="col">${t("ops.account")}</th>
        ${["ops.in.minute", "ops.in.hour", "ops.refused"].map((key) => html`<th scope="col" class="number" key=${key}>${t(key)}</th>`)}
        <th scope="col">${t("ops.lane")}</th>
        ${["ops.queued", "ops.overdue", "ops.sent.minute"].map((key) => html`<th scope="col" class="number" key=${key}>${t(key)}</th>`)}
        ${STATES.map((key) => html`<th scope="col" class="number" key=${key}>${key === "retried" ? t("ops.retried") : t(`delivery.${key}`)}</th>`)}
      </tr></thead>
      ${channels.map((channel) => html`<tbody key=${`${channel.channel}.${channel.account}`}>
        ${(channel.lanes.length > 0 ? channel.lanes : [null]).map((lane, at) => html`<tr key=${lane?.lane ?? ""}>
          ${at === 0 && html`<th scope="rowgroup" rowspan=${Math.max(1, channel.lanes.length)}><span class="row"><${Icon} name=${channel.channel} />${word("channel", channel.channel)} <span class="quiet figures">${channel.account}</span></span></th>
            ${["in_minute", "in_hour", "refused_hour"].map((key) => html`<td key=${key} rowspan=${Math.max(1, channel.lanes.length)} class=${`number ${channel[key] ? "" : "nil"} ${key === "refused_hour" && channel[key] ? "tone-warn" : ""}`}>${channel[key]}</td>`)}`}
          ${lane ? html`<${Lane} lane=${lane} />` : html`<td colspan="11" class="nil">${t("ops.deliveries.none")}</td>`}
        </tr>`)}
      </tbody>`)}
    </table></div>
  </section>`;
}

function Lane({ lane }) {
  const waits = lane.queued + lane.submitting;
  const stuck = lane.oldest_s !== null && lane.oldest_s > STUCK_S;
  return html`<td class="nowrap">${t(`lane.${lane.lane}`)}</td>
    <td class=${`number ${waits ? "" : "nil"}`}>${waits}</td>
    <td class=${`number ${stuck ? "tone-warn" : "nil"}`}>${lane.oldest_s === null ? t("fig.none") : span(lane.oldest_s)}</td>
    <td class=${`number ${lane.sent_minute ? "" : "nil"}`}>${lane.sent_minute}</td>
    ${STATES.map((key) => {
      const count = lane[`${key}_hour`];
      return html`<td key=${key} class=${`number ${count ? "" : "nil"} ${count && BAD.includes(key) ? "tone-bad" : ""}`}>${count}</td>`;
    })}`;
}
