// The emoji names that people on call meet; another name stays as it was written.
const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎",
  warning: "⚠️", rotating_light: "🚨", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", stop_sign: "🛑",
  exclamation: "❗", heavy_exclamation_mark: "❗", question: "❓", grey_question: "❔", bangbang: "‼️", information_source: "ℹ️",
  red_circle: "🔴", large_red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠",
  large_blue_circle: "🔵", blue_circle: "🔵", large_purple_circle: "🟣", white_circle: "⚪", black_circle: "⚫",
  radio_button: "🔘", large_green_square: "🟩", large_yellow_square: "🟨", large_orange_square: "🟧", large_red_square: "🟥",
  large_blue_square: "🟦", white_large_square: "⬜", black_large_square: "⬛", small_red_triangle: "🔺",
  small_red_triangle_down: "🔻", small_orange_diamond: "🔸", small_blue_diamond: "🔹", large_blue_diamond: "🔷",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", timer_clock: "⏲️", alarm_clock: "⏰", watch: "⌚",
  clock1: "🕐", clock2: "🕑", clock3: "🕒", clock4: "🕓", clock5: "🕔", clock6: "🕕", clock7: "🕖", clock8: "🕗",
  clock9: "🕘", clock10: "🕙", clock11: "🕚", clock12: "🕛", date: "📅", calendar: "📆", spiral_calendar_pad: "🗓️",
  black_square_for_stop: "⏹️", arrow_forward: "▶️", double_vertical_bar: "⏸️", pause_button: "⏸️", fast_forward: "⏩",
  black_right_pointing_double_triangle_with_vertical_bar: "⏭️", leftwards_arrow_with_hook: "↩️", arrow_right: "➡️",
  arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrow_upper_right: "↗️", arrow_lower_right: "↘️", arrow_up_down: "↕️",
  arrows_counterclockwise: "🔄", arrows_clockwise: "🔃", repeat: "🔁", recycle: "♻️", soon: "🔜", new: "🆕", ok: "🆗",
  bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", mute: "🔇", speech_balloon: "💬", thought_balloon: "💭",
  mag: "🔍", mag_right: "🔎", wrench: "🔧", hammer: "🔨", hammer_and_wrench: "🛠️", gear: "⚙️", nut_and_bolt: "🔩",
  toolbox: "🧰", bulb: "💡", electric_plug: "🔌", battery: "🔋", satellite_antenna: "📡", computer: "💻", floppy_disk: "💾",
  bar_chart: "📊", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", memo: "📝", pencil: "📝", pencil2: "✏️",
  clipboard: "📋", page_facing_up: "📄", page_with_curl: "📃", scroll: "📜", books: "📚", book: "📖", bookmark: "🔖",
  ledger: "📒", card_index_dividers: "🗂️", file_folder: "📁", file_cabinet: "🗄️", package: "📦", label: "🏷️", link: "🔗",
  paperclip: "📎", pushpin: "📌", round_pushpin: "📍", triangular_flag_on_post: "🚩", checkered_flag: "🏁",
  lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐", key: "🔑", shield: "🛡️", construction: "🚧", traffic_light: "🚥",
  vertical_traffic_light: "🚦", fire: "🔥", fire_extinguisher: "🧯", zap: "⚡", boom: "💥", bomb: "💣", ambulance: "🚑",
  fire_engine: "🚒", rocket: "🚀", snail: "🐌", turtle: "🐢", elephant: "🐘", bug: "🐛", ghost: "👻", robot_face: "🤖",
  zzz: "💤", crescent_moon: "🌙", sunny: "☀️", sunrise: "🌅", cloud: "☁️", thunder_cloud_and_rain: "⛈️", snowflake: "❄️",
  ice_cube: "🧊", droplet: "💧", ocean: "🌊", thermometer: "🌡️", broom: "🧹", wastebasket: "🗑️", put_litter_in_its_place: "🚮",
  eyes: "👀", eye: "👁️", see_no_evil: "🙈", raising_hand: "🙋", wave: "👋", hand: "✋", raised_hand: "✋", point_right: "👉",
  point_down: "👇", point_up: "☝️", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", clap: "👏", pray: "🙏",
  muscle: "💪", handshake: "🤝", ok_hand: "👌", writing_hand: "✍️", tada: "🎉", sparkles: "✨", star: "⭐", trophy: "🏆",
  heart: "❤️", broken_heart: "💔", green_heart: "💚", smile: "😄", slightly_smiling_face: "🙂", thinking_face: "🤔",
  sweat_smile: "😅", sob: "😭", cry: "😢", sleeping: "😴", face_with_monocle: "🧐", skull: "💀", hospital: "🏥",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", office: "🏢", house: "🏠", world_map: "🗺️", compass: "🧭",
  telescope: "🔭", microscope: "🔬", test_tube: "🧪", stethoscope: "🩺", pill: "💊", adhesive_bandage: "🩹",
  one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", six: "6️⃣", seven: "7️⃣", eight: "8️⃣", nine: "9️⃣",
  keycap_ten: "🔟", zero: "0️⃣", "100": "💯", hash: "#️⃣", heavy_plus_sign: "➕", heavy_minus_sign: "➖", infinity: "♾️",
};

/** The character of an emoji name without its colons, or undefined. */
export function emojiOf(name) {
  return Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
}
