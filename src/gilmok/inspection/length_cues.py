"""Words that tell how long an answer is to be, in English and Korean. Data only.

Written as in `concepts`: a Latin word begins at a blank and ends where a blank ends it.
"""

from __future__ import annotations

CUES: dict[str, str] = {
    "bare": """only |just |nothing else|one word|single word|letter only|number only|answer with|reply with|output only|return only
        |yes or no|true or false|만 |만.|만 답|만 출력|만 써|만 대답|예/아니오|한 단어|라고만|으로만|로만|단답""",
    "brief": """short |shorter|brief|briefly|concise|in short|tl dr|keep it|quick |one sentence|a sentence|single sentence|one line
        |짧게|짧은|간단|간략|한 문장|한 줄|한마디|요점만|두 문장|세 문장|두세 문장""",
    "detailed": """detail|in depth|comprehensive|thorough|complete |full |all files|step by step|each in|with headings|every |with examples
        |자세히|자세하게|상세|깊이 있|모두|전체|완전|처음부터|단계별|모든 |각각""",
    "classify": "classify|label |category|categor|sentiment|spam|rate the|분류|감정|스팸|별점|긍정|부정",
    "extract": "extract|return only|give me only|as json|json object|json |뽑아|추출|json",
    "translate": "translat|in french|in spanish|in german|in japanese|in english|in korean|into |번역|옮겨|영어로|일본어로|한국어로|중국어로",
    "rewrite": "rewrite|correct |fix |rephrase|proofread|politely|고쳐|바꿔|교정|맞춤법|다듬",
    "summary": "summar|tl dr|in a nutshell|요약|정리해",
    "fact": """who |when |where |what year|which year|capital of|how tall|how old|how many|how much|what currency|stand for|what time|do you have
        |누가|누구|언제|어디|몇 |얼마|수도는|이름은|있어요|인가요""",
    "greeting": "hi |hello|thanks|thank you|good morning|good evening|bye |안녕|고마워|감사합니다|반가|알겠",
    "explain": "explain|describe|how does|how do |why |what is |what are |tell me about|what causes|difference between|설명|왜 |무엇|뭐예요|원리|이유|알려|차이|어떻게",
    "list": "list |name |give me|suggest|ideas|tips|pros and cons|advantages|compare|examples|questions|names |추천|목록|가지|장단점|비교|아이디어|예를|질문",
    "compose": "write |draft |compose|create |make |design |build |implement|prepare |써 줘|써줘|써 주|작성|만들|지어|짜 줘|구현|논하",
    "long_form": """essay|article|story|report|chapter|novel|tutorial|guide |plan |curriculum|proposal|press release|review |play |blog|lecture
        |에세이|보고서|이야기|소설|계획|안내|논하|기사|보도자료|블로그|동화|글을|분석""",
    "message": "email|e-mail|letter|message|tweet|greeting|note to|subject line|title |slogan|이메일|메일|편지|문자|문구|트윗|제목|이름 하나|소개 글",
    "poem": "haiku|limerick|poem|verse|rhyme|시를|삼행시|시조",
    "code": "python|javascript|java |function|script|sql |query|regex|command |code |class |component|unit test|api |app |c++|bash|```|파이썬|함수|코드|쿼리|스크립트|명령어|프로그램|구현",
    "one_line": "one-liner|one liner|한 줄 코드|which git|what does the|what is the command|명령어는|명령어가|css rule",
    "sums": "prove|derive|show that|solve |how long|speed|증명|유도|풀어|얼마나|속력",
    "recipe": "recipe|how do i make|how to make|cook |레시피|만드는 법|담그는",
    "choice": "a) |a. |① |which of the following|다음 중|번호만|고르",
}
"""A cue counts once, however often its words stand there."""
