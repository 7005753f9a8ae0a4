// Everything the page says, in both languages side by side, and the one language it speaks now.

const WORDS = {
  title: ["길목 커피 · 주문", "Gilmok Coffee · Order"],
  brand: ["길목 커피", "Gilmok Coffee"],
  skips: ["바로 가기", "Skip links"],
  toMenu: ["메뉴로 가기", "Skip to the menu"],
  toTalk: ["말로 주문하기로 가기", "Skip to ordering in words"],
  toOrder: ["주문서로 가기", "Skip to your order"],
  language: ["언어", "Language"],
  places: ["화면 이동", "Places on this page"],

  menu: ["메뉴", "Menu"],
  categories: ["메뉴 종류", "Menu sections"],
  choose: ["{name}, {price}. 옵션 고르기", "{name}, {price}. Choose options"],
  caffeine: ["카페인 {mg} mg", "{mg} mg caffeine"],
  noCaffeine: ["카페인 없음", "no caffeine"],
  allergens: ["알레르기 유발: {list}", "contains {list}"],

  talk: ["말로 주문하기", "Order in words"],
  dockTalk: ["말하기", "Talk"],
  talkIntro: [
    "직원에게 말하듯 적어 주세요. 여러 잔도, 옵션도 한 번에 됩니다.",
    "Write as you would say it. Several drinks and options at once are fine.",
  ],
  tryThese: ["이렇게 말해 보세요", "Try one of these"],
  yourWords: ["주문할 내용", "Your order in words"],
  placeholder: ["예: 라떼에 샷 2잔, 우유 대신 두유", "e.g. two large iced lattes with oat milk"],
  send: ["보내기", "Send"],
  stop: ["멈추기", "Stop"],
  conversation: ["대화", "Conversation"],
  you: ["나", "You"],
  kiosk: ["길목", "Gilmok"],
  thinking: ["답을 준비하고 있습니다", "Preparing an answer"],
  stopped: ["여기서 멈췄습니다.", "Stopped here."],
  brokeOff: ["답이 중간에 끊겼습니다.", "The answer broke off."],
  notTaken: ["이 말은 처리하지 않았습니다.", "This was not taken."],

  lampLocal: ["이 기기 안에서", "Stays on this machine"],
  lampPrivate: ["우리 네트워크 안에서", "Stays in our network"],
  lampCloud: ["클라우드로 보냄", "Went to the cloud"],
  lampUnknown: ["어디로 갔는지 모름", "Where it went is not known"],
  allLocal: ["모든 말이 이 기기 안에 있습니다", "Everything said stays on this machine"],
  allPrivate: ["모든 말이 우리 네트워크 안에 있습니다", "Everything said stays in our network"],
  someCloud: ["일부 말이 클라우드로 나갔습니다", "Some of what was said went to the cloud"],
  someUnknown: ["일부 말이 어디로 갔는지 모릅니다", "Where some of it went is not known"],
  doneByRules: ["규칙이 처리", "done by rules"],
  askedButRules: ["모델에도 물었지만 규칙이 답함", "a model was asked, rules answered"],
  saidByBoth: ["규칙과 모델이 답함", "answered by rules and the model"],
  byRules: ["규칙이 이해", "understood by rules"],
  byModel: ["모델이 이해", "understood by the model"],
  saidByRules: ["규칙이 답함", "answered by rules"],
  saidByModel: ["모델이 답함", "answered by the model"],
  sensitivity: ["민감도 {level}", "{level} sensitivity"],
  low: ["낮음", "low"],
  medium: ["중간", "medium"],
  high: ["높음", "high"],
  costFree: ["비용 없음", "no cost"],
  costUnknown: ["비용 모름", "cost unknown"],
  seconds: ["{s}초", "{s} s"],
  milliseconds: ["{ms} ms", "{ms} ms"],
  details: ["자세히", "Details"],
  tokens: ["토큰 {n}개", "{n} tokens"],
  explainHint: ["왜 그곳으로 갔는지 보려면:", "Why it went there:"],
  noModelAsked: [
    "모델에 묻지 않고 키오스크의 규칙만으로 처리했습니다.",
    "No model was asked: the kiosk's own rules were enough.",
  ],

  nobodySaid: [
    "답이 끝나기 전에 멈춰서, 어느 모델이 답했는지 듣지 못했습니다.",
    "The answer ended early, before it was said which model gave it.",
  ],

  order: ["주문서", "Your order"],
  nothingYet: ["아직 담은 메뉴가 없습니다.", "Nothing on the order yet."],
  nothingYetHint: [
    "메뉴를 누르거나 말로 주문해 보세요.",
    "Tap something on the menu, or say what you would like.",
  ],
  each: ["한 잔 {price}", "{price} each"],
  more: ["{name} 하나 더", "One more {name}"],
  fewer: ["{name} 하나 빼기", "One {name} fewer"],
  change: ["변경", "Change"],
  changeOf: ["{name} 옵션 바꾸기", "Change the options of {name}"],
  remove: ["삭제", "Remove"],
  removeOf: ["{name} 삭제", "Remove {name}"],
  total: ["합계", "Total"],
  cups: ["{n}개", "{n} in all"],
  confirm: ["주문 확정", "Place order"],
  startOver: ["처음부터", "Start over"],
  added: ["담았습니다: {name} {n}개. 합계 {total}.", "Added: {n} × {name}. Total {total}."],
  changed: ["주문을 바꿨습니다. 합계 {total}.", "Order changed. Total {total}."],
  removed: ["뺐습니다: {name}. 합계 {total}.", "Removed: {name}. Total {total}."],
  emptied: ["주문서를 비웠습니다.", "The order is empty."],

  size: ["크기", "Size"],
  temperature: ["온도", "Temperature"],
  milk: ["우유", "Milk"],
  shots: ["샷 추가", "Extra shots"],
  syrups: ["시럽", "Syrup"],
  quantity: ["수량", "Quantity"],
  extra: ["+{price}", "+{price}"],
  decrease: ["{name} 줄이기", "Fewer: {name}"],
  increase: ["{name} 늘리기", "More: {name}"],
  addFor: ["담기 · {price}", "Add · {price}"],
  changeFor: ["바꾸기 · {price}", "Change · {price}"],
  close: ["닫기", "Close"],

  receipt: ["영수증", "Receipt"],
  showReceipt: ["영수증 보기", "Show the receipt"],
  item: ["메뉴", "Item"],
  eachTimes: ["한 개 값과 수량", "Each and how many"],
  amount: ["금액", "Amount"],
  receiptThanks: ["주문을 받았습니다. 잠시만 기다려 주세요.", "Order received. It will not be long."],
  newOrder: ["새 주문 시작", "Start a new order"],

  stillThere: ["계속 주문하시겠어요?", "Are you still there?"],
  stillThereWhy: [
    "다음 손님을 위해 {s}초 뒤에 대화와 주문을 지웁니다.",
    "For the next guest, this conversation and order are cleared in {s} seconds.",
  ],
  stay: ["계속하기", "Keep going"],

  kioskUnreachable: [
    "키오스크 프로그램과 연결이 끊겼습니다. 직원에게 알려 주세요. (gilmok-kiosk web)",
    "The kiosk program cannot be reached. Please tell the staff. (gilmok-kiosk web)",
  ],
  kioskFailed: [
    "키오스크에 문제가 생겼습니다. 다시 시도하거나 직원에게 알려 주세요.",
    "Something went wrong in the kiosk. Try again, or tell the staff.",
  ],
};

/** The names of `menu.toml`'s categories and allergens. One without a name here shows its own. */
const CATEGORIES = {
  coffee: ["커피", "Coffee"],
  decaf: ["디카페인", "Decaf"],
  latte: ["라떼", "Milk drinks"],
  tea: ["차", "Tea"],
  ade: ["에이드", "Ades"],
  smoothie: ["스무디", "Smoothies"],
  bakery: ["빵", "Bakery"],
};
const ALLERGENS = {
  milk: ["우유", "milk"],
  soy: ["대두", "soy"],
  nuts: ["견과", "nuts"],
  wheat: ["밀", "wheat"],
  egg: ["달걀", "egg"],
};

/** What the suggestion buttons say: whole sentences, sent as they stand. */
const SUGGESTIONS = {
  ko: [
    "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘",
    "아메리카노 가격은 얼마인가요?",
    "카페인에 민감한데 추천해 주세요",
  ],
  en: [
    "Three large lattes with soy milk and two extra shots",
    "How much is an americano?",
    "I am sensitive to caffeine. What do you recommend?",
  ],
};

const LOCALES = ["ko", "en"];
const KEPT_AS = "gilmok-kiosk-locale";
let current = preferred();

function preferred() {
  const asked = new URLSearchParams(location.search).get("lang") ?? sessionStorage.getItem(KEPT_AS);
  if (LOCALES.includes(asked)) return asked;
  return (navigator.languages ?? []).some((tag) => tag.startsWith("ko")) ? "ko" : "en";
}

export const locale = () => current;
export const suggestions = () => SUGGESTIONS[current];

/** From now on the page speaks this language; the caller draws it again. */
export function speak(chosen) {
  current = chosen;
  sessionStorage.setItem(KEPT_AS, chosen);
}

/** The words for a key, `{names}` filled in. */
export function say(key, values = {}) {
  const text = WORDS[key][LOCALES.indexOf(current)];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const category = (id) => CATEGORIES[id]?.[LOCALES.indexOf(current)] ?? id;
export const allergen = (id) => ALLERGENS[id]?.[LOCALES.indexOf(current)] ?? id;

/** One of a noun's two names as the menu gives them: `{ko, en}`. */
export const named = (names) => names[current];

const WON = { ko: (amount) => `${amount}원`, en: (amount) => `₩${amount}` };
const digits = new Intl.NumberFormat("ko-KR");

/** Whole won, as the language writes them. */
export const won = (amount) => WON[current](digits.format(amount));

/** Writes the words into every element that names some: `data-say`, `data-say-label`. */
export function sayAll(root = document) {
  for (const element of root.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of root.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
  for (const element of root.querySelectorAll("[data-say-placeholder]")) {
    element.setAttribute("placeholder", say(element.dataset.sayPlaceholder));
  }
}
