// Everything the page says, in both languages side by side, and the one language it speaks now.

const WORDS = {
  brand: ["길목 리뷰", "Gilmok Reviews"],
  titleOf: ["{name} · 길목 리뷰", "{name} · Gilmok Reviews"],
  skips: ["바로 가기", "Skip links"],
  toTrend: ["분석으로 가기", "Skip to the analysis"],
  toSimilar: ["비슷한 리뷰 찾기로 가기", "Skip to finding similar reviews"],
  toReviews: ["리뷰 목록으로 가기", "Skip to the reviews"],
  language: ["언어", "Language"],
  place: ["가게", "Restaurant"],
  placeOption: ["{name} · 리뷰 {n}개", "{name} · {n} reviews"],
  reference: ["API 문서", "API reference"],
  close: ["닫기", "Close"],
  again: ["다시 시도", "Try again"],

  reading: ["리뷰를 읽는 중", "Reading the reviews"],
  judging: [
    "리뷰를 판단하는 중입니다. 애매한 것은 언어 모델에 물어보므로 처음에는 1분쯤 걸릴 수 있습니다.",
    "Judging the reviews. A language model is asked about unclear ones, so the first time may take a minute.",
  ],
  writing: [
    "요약을 쓰는 중입니다. 이 컴퓨터의 모델이면 시간이 걸립니다.",
    "Writing the summary. A model on this machine takes its time.",
  ],
  comparing: ["비슷한 가게와 견주는 중", "Comparing with similar places"],
  looking: ["찾는 중", "Looking"],
  speaking: ["읽어 줄 준비를 하는 중", "Preparing to read aloud"],
  drawing: ["카드를 그리는 중", "Drawing the card"],

  noPlaces: ["아직 리뷰가 없습니다", "There are no reviews yet"],
  noPlacesHint: [
    "리뷰 파일을 올리면 여기에 가게가 나타납니다. 먼저 둘러보려면 아래 명령으로 예시를 여세요.",
    "Upload a file of reviews and its restaurants appear here. To look around first, start with the samples:",
  ],
  needKey: ["열쇠가 필요합니다", "A key is needed"],
  needKeyHint: [
    "이 서비스는 REVIEWS_API_KEY로 잠겨 있습니다. 그 값을 넣으면 이 창을 닫을 때까지만 기억합니다.",
    "This service is locked with REVIEWS_API_KEY. Its value is kept until this window is closed.",
  ],
  key: ["열쇠", "Key"],
  enter: ["들어가기", "Enter"],
  unreachable: [
    "리뷰 서비스와 연결이 끊겼습니다. 켜져 있는지 확인한 뒤 다시 시도하세요. (gilmok-reviews serve)",
    "The review service cannot be reached. See that it is running, then try again. (gilmok-reviews serve)",
  ],
  failed: [
    "리뷰 서비스가 답하지 못했습니다. 잠시 뒤에 다시 시도하세요.",
    "The review service could not answer. Try again in a moment.",
  ],

  reviewsCount: ["리뷰", "Reviews"],
  happy: ["긍정", "Positive"],
  unhappy: ["부정", "Negative"],
  averageStars: ["평균 별점", "Average stars"],
  intervalHint: [
    "괄호 안은 95% 신뢰구간입니다. 리뷰가 적을수록 넓습니다.",
    "In brackets: the 95% interval. The fewer reviews, the wider it is.",
  ],

  unsure: [
    "분류기가 확신하지 못한 리뷰는 {n}개입니다. 구간은 그만큼 넓습니다.",
    "The classifier was unsure of {n}; the intervals are wider for it.",
  ],
  unsureButJudged: [
    "분류기가 확신하지 못한 리뷰는 {n}개이고, 그 가운데 {judged}개는 언어 모델이 판단했습니다.",
    "The classifier was unsure of {n}; a language model decided {judged} of them.",
  ],

  trend: ["달마다 어땠나", "Month by month"],
  legendPositive: ["긍정 비율", "positive"],
  legendNegative: ["부정 비율", "negative"],
  legendInterval: ["세로선: 95% 구간", "vertical line: 95% interval"],
  legendCount: ["막대: 리뷰 수", "bars: number of reviews"],
  asTable: ["표로 보기", "Show as a table"],
  month: ["달", "Month"],
  monthHit: [
    "{month}: 긍정 {positive}, 부정 {negative}, 리뷰 {n}개. 그 달 리뷰 보기",
    "{month}: {positive} positive, {negative} negative, {n} reviews. Show them",
  ],
  trendLabel: [
    "달마다의 긍정과 부정 비율. {first} 긍정 {from}, {last} 긍정 {to}.",
    "Share of positive and negative reviews by month. {first}: {from} positive, {last}: {to} positive.",
  ],

  aspects: ["무엇을 두고 한 말인가", "What they talk about"],
  aspectsHint: [
    "왼쪽은 불만, 오른쪽은 칭찬입니다. 누르면 그 문장이 나옵니다.",
    "Complaints to the left, praise to the right. Open one to read the sentences.",
  ],
  noAspects: [
    "가격, 맛, 배달, 서비스, 양을 말한 리뷰가 아직 없습니다.",
    "No review speaks of price, taste, delivery, service or quantity yet.",
  ],
  mentions: ["{n}개 리뷰", "n = {n}"],
  lessShare: ["부정 {value} {interval}", "{value} {interval} negative"],
  moreShare: ["긍정 {value} {interval}", "{value} {interval} positive"],

  summary: ["요약", "Summary"],
  noSummary: ["요약할 만큼 같은 말이 모이지 않았습니다.", "Too little is said in common to sum up."],
  citation: ["리뷰 {n} 보기: {text}", "Open review {n}: {text}"],
  summaryByModel: [
    "{model} 모델이 리뷰 {n}개를 읽고 썼습니다(전체 {of}개). 근거가 없는 문장 {dropped}개는 뺐습니다.",
    "Written by {model} from {n} of {of} reviews. Left out without evidence: {dropped}.",
  ],
  summaryByExtract: [
    "손님이 쓴 문장을 그대로 골랐습니다. 리뷰 {n}개에서 골랐고 전체는 {of}개입니다.",
    "Sentences as customers wrote them, chosen from {n} of {of} reviews.",
  ],
  listen: ["요약 듣기", "Listen to the summary"],
  spokenOpening: ["{name}, 리뷰 {n}개의 요약입니다.", "{name}, a summary of {n} reviews."],
  spokenSummary: ["소리로 듣는 요약", "Spoken summary"],
  localVoice: ["로컬에서 만든 예비 목소리", "Fallback voice, made locally"],
  voiceReady: ["들을 준비가 되었습니다.", "Ready to play."],

  strengths: ["이 집만의 강점", "What sets it apart"],
  strengthsFrom: [
    "견준 가게: {names}. 그 리뷰 {n}개.",
    "Compared with {names}: {n} reviews.",
  ],
  noStrengths: [
    "비슷한 가게보다 뚜렷이 자주 칭찬받는 점을 찾지 못했습니다. 리뷰가 늘면 다시 보세요.",
    "Nothing is praised clearly more often than at similar places. Look again when there are more reviews.",
  ],
  here: ["이 가게", "Here"],
  there: ["비슷한 가게", "Similar places"],
  drawCard: ["카드 그리기", "Draw a card"],
  cardAlt: ["{name} 카드: {claim}", "A card for {name}: {claim}"],
  localCard: ["로컬에서 그린 카드", "Drawn locally"],
  saveCard: ["그림 저장", "Save the picture"],
  cardReady: ["카드를 그렸습니다.", "The card is drawn."],

  similar: ["비슷한 리뷰 찾기", "Find similar reviews"],
  askLabel: ["찾는 내용", "What to look for"],
  askPlaceholder: ["예: 국물이 진하고 구수하다", "e.g. arrived cold and late"],
  askEverywhere: ["다른 가게에서도 찾기", "Look at other places, too"],
  search: ["찾기", "Search"],
  askHint: [
    "문장의 뜻이 가까운 리뷰를 찾습니다. 낱말이 달라도 됩니다.",
    "Finds reviews of near meaning, even in other words.",
  ],
  nothingSimilar: [
    "가까운 리뷰가 없습니다. 다른 말로 찾거나 다른 가게에서도 찾아보세요.",
    "Nothing near it. Try other words, or look at other places, too.",
  ],
  nearness: ["가까움 {score}", "nearness {score}"],

  reviews: ["리뷰", "Reviews"],
  filterMood: ["느낌", "Mood"],
  filterAspect: ["주제", "Topic"],
  filterMonth: ["달", "Month"],
  filterText: ["들어 있는 말", "Containing"],
  all: ["모두", "All"],
  shown: ["{of}개 가운데 {n}개", "{n} of {of}"],
  newestOnly: [
    "가장 새로운 {n}개를 보여 줍니다. 분석은 {of}개를 모두 읽은 것입니다.",
    "The newest {n} are listed. The analysis has read all {of}.",
  ],
  noneMatch: ["이 조건에 맞는 리뷰가 없습니다. 조건을 줄여 보세요.", "No review matches. Loosen the filters."],
  showMore: ["더 보기", "Show more"],
  findLike: ["비슷한 리뷰", "Similar ones"],
  read: ["읽기", "Read"],
  review: ["리뷰", "Review"],
  starsOf: ["별 다섯 개 중 {n}", "{n} of 5 stars"],
  sureness: ["확신 {value}", "{value} sure"],

  upload: ["리뷰 올리기", "Upload reviews"],
  uploadHint: [
    "CSV나 JSONL 파일. 한 줄에 리뷰 하나씩입니다. 같은 파일을 다시 올려도 두 번 들어가지 않습니다. 첫 줄은 이렇게 씁니다.",
    "A CSV or JSONL file with one review per line. Uploading it again adds nothing twice. It begins like this:",
  ],
  uploadFile: ["파일", "File"],
  uploadStart: ["올리기", "Upload"],
  uploadPick: ["먼저 파일을 고르세요.", "Choose a file first."],
  uploading: ["올리는 중", "Uploading"],
  uploadLines: ["{done}줄 읽음", "{done} lines read"],
  uploadIndexing: ["뜻으로 찾을 수 있게 정리하는 중: {n}개", "Making them findable by meaning: {n}"],
  uploadFailed: [
    "이 파일에서 리뷰를 읽지 못했습니다. 첫 줄에 열 이름이 있는 CSV나, 한 줄에 JSON 하나씩인 JSONL이어야 합니다.",
    "No reviews could be read from this file. It must be CSV whose first line names the columns, or JSONL with one object per line.",
  ],
  uploadDone: [
    "새 리뷰 {added}개를 넣고 {changed}개를 고쳤습니다. 이미 있던 것 {known}개, 받지 못한 줄 {bad}개.",
    "Added {added}, changed {changed}. Known already: {known}. Not taken: {bad}.",
  ],
  badLines: ["받지 못한 줄", "Lines that were not taken"],
  badLine: ["줄", "Line"],
  badReason: ["까닭", "Why"],
  badMore: ["이 밖에 {n}줄이 더 있습니다.", "And {n} more."],
};

const ASPECTS = {
  price: ["가격", "Price"],
  taste: ["맛", "Taste"],
  delivery: ["배달", "Delivery"],
  service: ["서비스", "Service"],
  quantity: ["양", "Quantity"],
};
const MOODS = {
  positive: ["긍정", "positive"],
  neutral: ["보통", "neutral"],
  negative: ["부정", "negative"],
};

/** What a reader should know of a result: the codes of `analysis/results.py`. */
const NOTES = {
  no_reviews: ["아직 리뷰가 없습니다.", "There are no reviews yet."],
  few_reviews: [
    "리뷰가 적어 구간이 넓습니다. 아직 단정하지 마세요.",
    "Few reviews, so the intervals are wide. Do not conclude too much yet.",
  ],
  model_unreachable: [
    "언어 모델이 제때 답하지 못해 손님의 문장을 그대로 보여 줍니다. 게이트웨이와 모델이 켜져 있는지 보세요(gilmok doctor).",
    "No language model answered in time, so customers' own sentences stand here. See that the gateway and a model run (gilmok doctor).",
  ],
  model_off: [
    "언어 모델을 쓰지 않도록 정해져 있어(LLM_MODEL=none) 손님의 문장을 그대로 보여 줍니다.",
    "No language model is to be used (LLM_MODEL=none), so customers' own sentences stand here.",
  ],
  model_answer_invalid: [
    "언어 모델의 답이 형식에 맞지 않아 쓰지 않았습니다.",
    "The language model's answer was not usable and was not used.",
  ],
  model_unfit: [
    "지금 언어 모델은 이 언어의 예문을 잘못 판단해서 쓰지 않았습니다. 더 큰 모델을 연결하면 달라집니다.",
    "The language model misjudged known examples in this language and was not used. A larger one may do.",
  ],
  model_claims_unsupported: [
    "언어 모델이 쓴 말의 근거를 리뷰에서 찾지 못해 손님의 문장을 그대로 보여 줍니다.",
    "The model's claims were not found in the reviews, so customers' own sentences stand here.",
  ],
  model_limit_reached: [
    "애매한 리뷰가 많아 일부만 언어 모델에 물었습니다.",
    "Many reviews are unclear; a model was asked about some of them only.",
  ],
  embeddings_unreachable: [
    "임베딩에 닿지 못해 낱말만으로 견주었습니다.",
    "Embeddings could not be reached; words alone were compared.",
  ],
  no_comparison: [
    "견줄 다른 가게가 없습니다. 다른 가게의 리뷰도 올려 보세요.",
    "There is no other restaurant to compare with. Upload reviews of others, too.",
  ],
};

/** Why the gateway made something itself: its reasons in `x-gilmok-fallback`. */
const FALLBACKS = {
  only: ["연결된 서비스가 없어서", "no provider is set up"],
  down: ["서비스가 답하지 않아서", "the provider is down"],
  budget: ["예산이 모자라서", "the budget is spent"],
  cap: ["지출 한도에 닿아서", "the provider's spending cap is reached"],
  limit: ["요청 한도에 닿아서", "the rate limit is reached"],
  label: ["밖으로 보낼 수 없는 내용이라서", "this may not leave the machine"],
  refused: ["서비스가 거절해서", "the provider refused"],
  right: ["키에 권한이 없어서", "the key may not use a provider"],
};

const LOCALES = ["ko", "en"];
const KEPT_AS = "gilmok-reviews-locale";
let current = preferred();

/** What the address or this window chose, else what the server read from Accept-Language. */
function preferred() {
  const asked = new URLSearchParams(location.search).get("lang") ?? sessionStorage.getItem(KEPT_AS);
  if (LOCALES.includes(asked)) return asked;
  return document.documentElement.lang === "en" ? "en" : "ko";
}

export const locale = () => current;

/** From now on the page speaks this language; the caller draws it again. */
export function speak(chosen) {
  current = chosen;
  sessionStorage.setItem(KEPT_AS, chosen);
}

const inCurrent = (pair) => pair[LOCALES.indexOf(current)];

/** The words for a key, `{names}` filled in. */
export function say(key, values = {}) {
  return inCurrent(WORDS[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const ASPECT_NAMES = Object.keys(ASPECTS);
export const MOOD_NAMES = Object.keys(MOODS);
export const aspectName = (aspect) => (ASPECTS[aspect] ? inCurrent(ASPECTS[aspect]) : aspect);
export const moodName = (mood) => (MOODS[mood] ? inCurrent(MOODS[mood]) : mood);
export const fallbackReason = (code) => (FALLBACKS[code] ? inCurrent(FALLBACKS[code]) : "");
export const noteText = (note) => (NOTES[note] ? inCurrent(NOTES[note]) : note);

/** Writes the words into every element that names some: `data-say`, `data-say-label`, … */
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
