"""The words that give a text away, by what they point at.

Data only. All words are lower case and are found by one pass of an Aho-Corasick automaton. A word
that begins or ends with an ASCII letter or digit must stand alone there; `^` asks the same of a
Korean word's beginning (`^내 ` is not found in `국내 `); `*` at the end lifts it (`ghp_*`).
"""

from __future__ import annotations

from enum import IntEnum, auto


class Cue(IntEnum):
    """What a word points at."""

    RESIDENT = auto()
    CORPORATE = auto()
    BUSINESS = auto()
    PHONE = auto()
    CARD = auto()
    ACCOUNT = auto()
    ACCOUNT_NUMBER = auto()
    """Words after which a short number is an account too."""
    PASSPORT = auto()
    LICENCE = auto()
    PLATE = auto()
    SSN = auto()
    BIRTH = auto()
    ADDRESS = auto()
    VERSION = auto()
    NUMBERED = auto()
    """Before a number that identifies a thing, not a person: an order, a book, a ticket."""
    PASSWORD = auto()
    API_KEY = auto()
    SECRET_PREFIX = auto()
    TESTING = auto()
    """Beside a published example number: that it is one."""
    NAME_IS = auto()
    NAME_FIELD = auto()
    HONORIFIC = auto()
    CONTACT = auto()
    SELF = auto()
    PERSON = auto()
    COMPANY = auto()
    AT_HAND = auto()
    """Points at something given with the question: this, the attached, the following."""
    FIGURES = auto()
    CONFIDENTIAL = auto()
    RECORDS = auto()
    """Collections of other people's or a company's data."""
    KEEP_LOCAL = auto()
    """The user's own wish that nothing leaves."""
    HEALTH = auto()
    HEALTH_OWN = auto()
    MILD = auto()
    MONEY = auto()
    MONEY_MILD = auto()
    HR = auto()
    LEGAL = auto()
    BELIEF = auto()
    DEFINITION = auto()
    CODE = auto()
    HURRY = auto()
    THOROUGH = auto()
    CREATE = auto()
    # Senses of `senses`, which `personal` weighs together; alone they mean nothing.
    RELATIVE = auto()
    ILLNESS = auto()
    CARE = auto()
    HARM = auto()
    LAW = auto()
    DEBTS = auto()
    JOB = auto()
    INTIMATE = auto()
    SECRECY = auto()
    BUSINESS_MATTER = auto()
    PUPIL = auto()
    LIVED = auto()
    """How people tell what happened to them, and what they fear."""
    TELLS = auto()
    """Sentences that state, by their Korean endings."""
    FIRST = auto()
    THIRD = auto()
    AMOUNT = auto()
    GENERIC = auto()
    """Beside a marking: a form or a name for it is wanted, nothing marked is shown."""
    EXERCISE = auto()
    """Of examinations, whose patients and employees are nobody."""
    ASKED = auto()
    """Knowledge, fiction and exercises."""
    SHOWN = auto()
    """Material that came with the question."""


CONTEXT = frozenset(
    {
        Cue.RESIDENT, Cue.CORPORATE, Cue.BUSINESS, Cue.PHONE, Cue.CARD, Cue.ACCOUNT, Cue.ACCOUNT_NUMBER, Cue.PASSPORT,
        Cue.LICENCE, Cue.PLATE, Cue.SSN, Cue.ADDRESS,
    }
)  # fmt: skip
"""Cues of a text that also speak for what is decoded from a token in it."""

WORDS: dict[Cue, str] = {
    Cue.RESIDENT: """주민등록번호|주민번호|주민 번호|주민등록|외국인등록|외국인 등록|생년월일|앞자리|뒷자리
        |resident registration|resident number|residence number|rrn|alien registration|national id""",
    Cue.CORPORATE: "법인등록번호|법인 등록번호|법인번호|법인 번호|corporate registration",
    Cue.BUSINESS: """사업자등록번호|사업자 등록번호|사업자등록 번호|사업자번호|사업자 번호|사업자등록증|사업자
        |business registration|brn|세금계산서""",
    Cue.PHONE: """전화|연락처|핸드폰|휴대폰|휴대전화|폰번호|폰 번호|팩스|문자|카톡|번호로|phone|phones|telephone|tel
        |mobile|cell|cellphone|fax|call me|call us|call him|call her|text me|whatsapp|reach me|contact number|dial|answering at|answer at|call me on|call me at|call me back on|office|desk|landline|ext""",
    Cue.CARD: "카드|cc|신용카드|체크카드|card|credit card|debit card|visa|mastercard|amex|cvc|cvv|유효기간",
    Cue.ACCOUNT: """계좌|예금주|통장|입금|송금|이체|국민은행|신한은행|우리은행|하나은행|농협|기업은행|카카오뱅크
        |토스뱅크|케이뱅크|새마을금고|신협|수협|우체국|제일은행|sc제일|씨티은행|대구은행|부산은행|경남은행|광주은행
        |전북은행|제주은행|산업은행|^국민 |^신한 |은행|bank account|account number|account no|account #|acct|routing number
        |checking account|savings account|iban|sort code|account""",
    Cue.ACCOUNT_NUMBER: "계좌|계좌번호|라우팅|account number|account no|account #|bank account|routing number|acct|routing|sort code",
    Cue.PASSPORT: "여권|passport",
    Cue.LICENCE: "운전면허|면허번호|면허 번호|면허증|driver's license|driver license|driver’s license|driving licence|driving license|license number|licence number",
    Cue.PLATE: "차량|번호판|차 번호|차번호|주차|자동차|license plate|licence plate|plate number",
    Cue.SSN: "ssn|social security",
    Cue.BIRTH: "생년월일|생일|출생일|태어난|태어났|date of birth|dob|birthdate|birthday|born on|born in|born",
    Cue.ADDRESS: "주소|사는 곳|거주|살아|삽니다|사는데|살고|배송지|배송|배달|자택|우편번호|address|live at|lives at|living at|ship to|deliver to|located at|reside|residing",
    Cue.VERSION: "version|versions|ver|v|release|releases|버전|릴리스|업데이트|firmware|build|oid|section|rev",
    Cue.NUMBERED: """주문번호|주문 번호|주문|송장|운송장|예약번호|접수번호|상품번호|상품코드|바코드|일련번호|모델명|모델|isbn|order|order number
        |tracking|invoice|ticket|sku|barcode|ean|upc|serial|part number|issue|timestamp|epoch|arxiv|doi|rfc|commit|build number|account id""",
    Cue.PASSWORD: """비밀번호|pw|pwd|비번|패스워드|암호|passwd|password|passphrase|pwd|passcode|pin|pin number|pin code|인증번호|보안코드
        |핀번호|핀 번호|계정 핀|보안 코드|보안코드|otp|cvc|cvv|security code|database_password*|db_password*|db_pass*|client_secret*|_password*""",
    Cue.API_KEY: """api_key*|apikey*|api-key*|api key|api키|api 키|access_key*|access key|secret_key*|secret key|secretkey*|access_token*|access token
        |auth_token*|auth token|refresh_token*|bearer|token|토큰|시크릿|인증키|인증 키|액세스 키|비밀키|client_secret*|secret|authorization
        |private_key*|_token*|_secret*|_key*|x-api-key*|accountkey*|sig""",
    Cue.SECRET_PREFIX: """sk-*|sk_live_*|sk_test_*|rk_live_*|rk_test_*|pk_live_*|whsec_*|akia*|asia*|ghp_*|gho_*|ghu_*|ghs_*|ghr_*|github_pat_*
        |aiza*|xoxb-*|xoxp-*|xoxa-*|xoxr-*|xoxs-*|xapp-*|hf_*|eyj*|-----begin *|glpat-*|npm_*|pypi-ag*|gsk_*|xai-*|ya29.*|sg.*|dop_v1_*|shpat_*|pplx-*|r8_*|tvly-*
        |hooks.slack.com/services/*|nvapi-*""",
    Cue.NAME_IS: """이름은|이름이|성함은|성함이|성명은|성명|이름:|이름 :|이름=|성함|예금주|수취인|받는 사람|받는사람|보내는 사람|라고 합니다|라고 해요|라고 해|라고 불러
        |name's|under the name|it's under|it’s under|under name|my name is|my name's|name is|name:|full name|named|name’s|i am|i'm|i’m|this is|i go by|call me|regards,|sincerely,|dear|signed,|patient:|customer:|employee:|contact:|cheers,|best,|thanks,""",
    Cue.NAME_FIELD: """name"|name'|full_name*|fullname*|customer_name*|customer"|이름"|성명"|성함\"""",
    Cue.HONORIFIC: """씨|님|군|양|대리|과장|차장|부장|팀장|사원|주임|교수|선생|원장|대표|이사|사장|회장|변호사|의사|환자|고객|학생|간호사|박사|실장|본부장|상무|전무|기자|작가|배우|선수
        |mr|mrs|ms|dr|prof|mr.|mrs.|ms.|dr.|prof.|sir|madam|mx.""",
    Cue.CONTACT: """전화번호|전화 번호|연락처|휴대폰 번호|핸드폰 번호|휴대폰번호|핸드폰번호|집주소|집 주소|주소|이메일|메일 주소|메일주소|주민번호|주민등록번호|생년월일|계좌번호|계좌|사는 곳|사는곳|직장|카톡 아이디|개인정보
        |phone number|phone numbers|mobile number|cell number|address|home address|email|email address|contact details|contact info|contact information|ssn|social security number|date of birth|whereabouts""",
    Cue.SELF: """^나는 |^난 |^내가 |^내 |^제 |^제가 |^저는 |^전 |^저의 |^나의 |^나도 |^저도 |^나 |^저 |^저희|^나한테|^저한테|^나에게|^저에게|^제게|^내게|우리 아이|우리 애|우리 엄마|우리 아빠|우리 딸|우리 아들|우리 남편|우리 아내|우리 어머니
        |우리 아버지|우리 부모|우리 가족|우리 할머니|우리 할아버지|우리 형|우리 언니|우리 누나|우리 오빠|우리 동생|^남편|^아내|^와이프|^어머니|^아버지|^엄마|^아빠|^아들|^딸|^여자친구|^남자친구|^여친|^남친|^시어머니|^장모|^할머니|^할아버지|^동생|^친구가|^친구의|^본인
        |^내년에 제|저는요|나는요|my|mine|myself|i'm|i’m|i am|i have|i've|i’ve|i was|i had|i feel|i felt|i got|i get|i owe|i earn|i make|i take|i took|i need|am i|our son|our daughter|our family|we're|we are|we have|we were""",
    Cue.PERSON: """직원|팀원|부하|동료|사원|신입|후보자|지원자|면접자|인턴|상사|대리|과장|차장|부장|팀장|그 사람|그녀|^그를|^그가|고객님|고객의|학생이|학생의|씨가|씨의|씨를|씨는|님이|님의|님을|님은
        |employee|employees|coworker|co-worker|colleague|candidate|applicant|teammate|team member|direct report|subordinate|intern|he|she|him|her|his|hers|client|boss|manager|mr.|mrs.|ms.|dr.""",
    Cue.COMPANY: """우리 회사|우리회사|저희 회사|저희회사|당사|자사|사내|본사|우리 팀|저희 팀|우리팀|우리 가게|우리 매장|저희 매장|저희 가게|우리 병원|우리 학교|우리 부서|우리 조직|우리 사업|우리 스타트업|^당행|^폐사
        |我们公司|本公司|公司内部|我司|our company|our company's|our firm|our startup|our team|our business|our|my company|my company's|my firm|my startup|my business|we|our internal|in-house|company's|our organization|our department|our customers|our client""",
    Cue.FIGURES: """매출|영업이익|영업 이익|순이익|당기순이익|손익|재무|원가|마진|고객 데이터|고객 명단|고객명단|고객 목록|고객 정보|고객정보|고객사 명단|실적|사업계획|사업 계획|경영 전략|인수|합병|투자 유치|급여 대장|급여대장|인건비|현금흐름|예산
        |계약서|계약 조건|입찰|단가|거래처|납품가|로드맵|신제품|출시 계획|소스코드|소스 코드|설계도|회로도|특허 출원|영업 데이터|판매 데이터|판매량|구조조정|인사 데이터|직원 명단|직원 데이터
        |revenue|revenues|sales data|sales figures|sales numbers|profit|profits|margin|margins|ebitda|earnings|customer list|customer data|client list|financials|financial data|financial results|p&l|balance sheet|cash flow|burn rate|runway
        |forecast|budget|pricing strategy|cost structure|roadmap|acquisition|merger|term sheet|cap table|payroll|headcount plan|layoff|layoffs|contract terms|bid|supplier prices|source code|product launch|unreleased product|churn|arr|mrr|quarterly results|q1|q2|q3|q4""",
    Cue.CONFIDENTIAL: """대외비|극비|내부 보고서|내부 회의|내부 시스템|사내 문서|사내 코드|사내 시스템|사내 위키|우리 코드베이스|我们内部|内部报告|私有仓库|未公开|我们专有|我们的专有|我们生产环境|公司网络|机密|保密|商业秘密|绝密|기밀|영업비밀|영업 비밀|사내 한정|외부 유출|외부유출|미공개|비공개 자료|비공개 정보|내부 자료|내부자료|내부용|사내용|공개되지 않은|발표되지 않은|발표 전|공시 전|비밀유지|유출 금지|유출금지|내부 문서|사외비
        |confidential|confidentially|trade secret|trade secrets|unreleased|undisclosed|non-public|nonpublic|not public|internal only|internal use only|for internal use|proprietary|nda|do not distribute|not for distribution|top secret|under embargo|our internal|our private|our proprietary|our production|our unpublished|our novel|our patent|our unreleased|internal memo|internal team|internal document|internal documents|internal documentation|internal report|internal meeting|internal wiki|internal all-hands|on-prem|send to cloud|strictly private|privileged""",
    Cue.TESTING: "test|tests|testing|sandbox|stripe|example|examples|dummy|documentation|docs|테스트|샌드박스|예시|예제|샘플|더미",
    Cue.EXERCISE: "which of the following|all of the following|most likely diagnosis|next best step|most appropriate|다음 중|옳은 것|옳지 않은 것|알맞은 것|가장 적절한 것",
    Cue.GENERIC: "template|sample|generic|names for|placeholder|in general|typically|샘플|양식|템플릿|일반적|예시|표시하|규정|newsletter|등급 체계",
    Cue.AT_HAND: "^이 |^다음 |^아래 |첨부한|첨부된|첨부 파일|여기 있는|붙여넣|this|these|attached|following|below|the following|here is|here are|here's|这份|我们的|我们",
    Cue.RECORDS: """고객 데이터|고객 명단|고객명단|고객 목록|고객 정보|고객정보|회원 명단|회원 정보|직원 명단|직원 정보|인사 기록|인사기록|환자 기록|환자 명단|진료 기록|진료기록|의무기록|학생 명단|학생부|상담 기록|상담기록|회의록|회의 내용|이사회 자료|이사회 회의|소스코드|소스 코드|급여 대장|급여대장|통화 내역|거래 내역
        |customer data|customer list|customer records|customer contact list|customer names|client list|client data|crm|employee records|employee data|employee social security|employee list|employee names|hr records|hr export|personnel file|personnel files|applicant data|applicant tracking|patient records|patient data|psychotherapy notes|health data|medical records|student records
        |meeting transcript|meeting notes|board memo|board minutes|board deck|internal memo|internal report|private repository|proprietary code|internal codebase|production database|source code from our|user behavior data|support export|billing events|passport numbers|social security numbers
        |客户数据|客户名单|员工姓名|员工数据|病历|病史|医疗记录|董事会|内部报告|专利申请|代码库""",
    Cue.KEEP_LOCAL: """외부로 보내지|외부로 내보내지|외부에 보내지|외부 전송 금지|외부로 유출|로컬에서만|로컬로만|사내에서만|내부에서만 처리|클라우드에 올리지|클라우드로 보내지|클라우드에 보내지
        |must not leave|do not send this|don't send this|not leave our|not leave the|process it locally|locally only|keep this local|keep it local|stay local|on-premises only|no cloud services|do not use external|don't use external|do not share|don't share this|keep this private|keep this between us|within our on-premises|our secure enclave|不要将此数据|仅在本地|本地处理|不能调用任何外部|不要发送到外部""",
    Cue.HEALTH: """우울증|공황장애|공황|불안장애|조현병|조울증|당뇨|고혈압|고지혈|유방암|폐암|위암|간암|대장암|췌장암|갑상선|자궁|백혈병|암 진단|암에 걸|암 수술|암 환자|종양|에이즈|hiv|성병|임신|유산|낙태|불임|난임|정신과|심리상담|항우울제
        |수면제|인슐린|항암|투석|수술|입원|처방|복용|약을 먹|진단서|진단|병원|증상|통증|두통|복통|출혈|치질|탈모|비만|천식|아토피|간염|결핵|치매|뇌졸중|심근경색|심장병|부정맥|디스크|자살|자해|중독|알코올중독|adhd|자폐|건강검진|검사 결과|검사결과|혈당|혈압|생리
        |diabetes|diabetic|depression|depressed|anxiety|bipolar|schizophrenia|ptsd|cancer|tumor|tumour|hiv|aids|std|sti|herpes|pregnant|pregnancy|miscarriage|abortion|infertility|ivf|antidepressant|antidepressants|insulin|chemo|chemotherapy|dialysis|surgery
        |diagnosed|diagnosis|prescribed|prescription|medication|medications|meds|symptoms|biopsy|psychiatrist|therapist|suicidal|suicide|self-harm|overdose|addiction|alcoholic|rehab|eating disorder|anorexia|asthma|epilepsy|dementia|alzheimer's|stroke|heart attack|arrhythmia
        |hepatitis|hypertension|blood pressure|blood sugar|blood test|lab results|test results|mri|medical record|medical records|medical history|disability|metformin|prozac|zoloft|lexapro|xanax|adderall|warfarin|statin|multiple sclerosis|lupus|crohn's|autism|autistic""",
    Cue.HEALTH_OWN: """진단받았|진단을 받|진단 받|판정받|판정을 받|복용 중|복용중|복용하고 있|처방받|처방을 받|앓고 있|앓았|앓은|투병|임신했|임신 중|임신중|임신 초기인데|임신 초기라|수술받|수술을 받|치료받|치료를 받|치료 중|입원했|입원 중|자살하고 싶|죽고 싶|자해했|우울증이 있|우울증이 심|우울증 약|당뇨가 있|당뇨 환자|고혈압이 있|약을 먹고 있|약 먹고 있|약을 복용|확진
        |was diagnosed|been diagnosed|got diagnosed|diagnosed with|i suffer from|suffering from|my diagnosis|i take medication|i'm taking|i am taking|on medication|i'm pregnant|i am pregnant|i have cancer|tested positive|my symptoms|my medication|my therapist|my psychiatrist|kill myself|end my life|want to die|hurt myself|my medical|my doctor prescribed|i have diabetes|i'm diabetic|i have depression|my depression|my anxiety|my prescription""",
    Cue.MILD: """민감한|민감해|민감하|예민한데|예민해|예민한 편|알레르기가 있|알레르기 있|알러지가 있|알러지 있|알레르기가|알러지가|알레르기예요|알레르기라|알러지라|유당불내증|유당 불내증|불내증|못 마시는|못 마셔요|못 먹는|못 먹어요|못먹어요|마시면 잠|먹으면 배|먹으면 탈|소화가 안|잠을 못|잠이 안 와|잠이 안와|속이 쓰|속쓰림|다이어트 중|비건이|채식주의|임산부
        |allergic to|allergy|allergies|intolerant|intolerance|sensitive to|sensitivity to|can't eat|cannot eat|can't drink|cannot drink|can't tolerate|gluten-free|celiac|vegan|vegetarian|upset stomach|insomnia|can't sleep|trouble sleeping|headaches|migraine|migraines""",
    Cue.MONEY: """연봉|월급|급여|신용점수|신용 점수|신용등급|신용 등급|빚|부채|연체|파산|개인회생|회생 신청|통장 잔고|통장잔고|잔고|전 재산|재산이|재산은|순자산|주택담보대출|마이너스통장|마이너스 통장|카드값|사채|압류|세금 체납|체납|파산 신청|기초생활수급|상속|유산 상속|연금 수령
        |salary|salaries|wage|wages|paycheck|credit score|in debt|debt|debts|bankrupt|bankruptcy|net worth|foreclosure|overdraft|account balance|bank balance|tax return|tax returns|inheritance|alimony|child support|student loans|collections|garnished|401k|my income|household income""",
    Cue.MONEY_MILD: "대출|적금|예금|보험금|퇴직금|전세금|월세|보증금|주식 계좌|투자금|세금|소득|loan|loans|mortgage|savings|income|taxes|investments|portfolio|retirement|rent|pension",
    Cue.HR: """해고|권고사직|징계|인사평가|인사 평가|인사고과|고과|근무평가|근무 평가|성과평가|성과 평가|저성과|퇴사시|채용 결정|채용 여부|불합격|합격 여부|면접 평가|승진 누락|승진 대상|감봉|정직 처분|직장 내 괴롭힘|직장내 괴롭힘|괴롭힘|성희롱|정리해고|구조조정 대상|평가 결과|연봉 협상|이직 고민|사직서|퇴사
        |fire him|fire her|fire them|fire one of|fire my|fire an employee|should i fire|firing|fired|dismiss|dismissal|dismissed|terminate|termination|terminated|performance review|performance improvement plan|pip|laid off|layoff|lay off|layoffs|disciplinary|hiring decision|reject|rejection|underperforming|underperformer|demote|demotion|promotion|harassment|harassed|severance|resign|resignation|performance appraisal|misconduct|written warning|reprimand""",
    Cue.LEGAL: """소송|고소|고발|이혼|합의금|형사|피고|원고|양육권|양육비|위자료|변호사|경찰 조사|검찰|기소|전과|음주운전|벌금|구속|접근금지|가정폭력|폭행|성폭력|성폭행|사기당|사기를 당|상간|불륜|상속 분쟁|재판|파혼|보호관찰|불법체류|비자 거절
        |lawsuit|to sue|i sue|sue my|sue them|sue him|sue her|suing|sued|divorce|divorcing|custody|arrested|criminal record|felony|restraining order|settlement|plaintiff|defendant|subpoena|deposition|probation|parole|dui|dwi|prosecuted|indicted|court date|litigation|assaulted|assault|domestic violence|domestic abuse|rape|raped|evicted|eviction|undocumented|deported|deportation|visa denied|asylum|prenup""",
    Cue.BELIEF: """커밍아웃|동성애자|게이|레즈비언|양성애자|트랜스젠더|성정체성|성 정체성|성적 지향|성소수자|무성애|기독교인|불교 신자|천주교 신자|무슬림|이슬람교|여호와|신천지|종교는|종교가|종교 때문|개종|지지 정당|지지하는 정당|투표했|당원|노조 가입|노동조합|정치 성향|정치성향|성생활|성관계|발기부전|성욕|첫경험
        |gay|lesbian|bisexual|transgender|trans|queer|nonbinary|non-binary|coming out|came out|come out as|sexual orientation|gender identity|closeted|muslim|jewish|hindu|atheist|my religion|his religion|her religion|my faith|converted to|voted for|vote for|political views|political affiliation|union member|union membership|sex life|libido|erectile|republican|democrat""",
    Cue.DEFINITION: """뭐야|뭔가요|뭐예요|뭐에요|뭐죠|뭐지|무엇|이란|란 |의미|차이|설명해|알려줘|알려 줘|어떻게 하|방법|이유|원리|종류|좋은 음식|에 좋은|what is|what are|what's|what does|how does|how do|why do|why does|explain|difference between|definition|meaning of|how to|causes of|symptoms of|tell me about""",
    Cue.CODE: """코드|함수|클래스|버그|에러|오류|디버깅|알고리즘|쿼리|컴파일|스크립트|파이썬|자바스크립트|정규식|```|def |class |import |function|return|select *|const |public |void |#include|exception|traceback|python|javascript|typescript|java|rust|golang|c++|sql|regex|api|algorithm|compile|debug|unit test|unit tests|stack trace|segfault|null pointer|docker|kubernetes""",
    Cue.HURRY: """급해|급합니다|급하게|빨리|빠르게|지금 당장|당장|얼른|서둘|간단히|간단하게|짧게|한 줄로|한줄로|한마디로|요점만|바로 알려|quick|quickly|asap|urgent|urgently|right now|hurry|immediately|briefly|in short|short answer|one sentence|tl;dr|tldr|one word""",
    Cue.THOROUGH: """자세히|자세하게|상세히|상세하게|꼼꼼|깊이 있|심층|분석|정확하게|정확히|철저|완벽|증명|검토|코드 리뷰|코드리뷰|논리적으로|근거를|전문적으로|정밀
        |in detail|detailed|thorough|thoroughly|carefully|in depth|in-depth|deep dive|analyze|analyse|analysis|rigorous|rigorously|prove|proof|comprehensive|code review|review this code|review the code|accurate|accurately|best possible|high quality|exhaustive|think hard""",
    Cue.CREATE: """작성해|써줘|써 줘|만들어|번역|요약|정리해|이야기|소설|시를|편지|이메일을|기획|보고서|글을|write|create|generate|draft|translate|summarize|summarise|story|poem|essay|letter|article|blog|list""",
}
