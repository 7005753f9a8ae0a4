"""Words that tell how much a request asks for, in English and Korean. Data only.

Written as in `concepts`: a Latin word begins at a blank and ends where a blank ends it.
"""

from __future__ import annotations

CUES: dict[str, str] = {
    "explain": """explain|describe|why |how to |how can|how do |how does|how did|how should|how would|how is |how are |how come|difference|different
        |versus|compare|pros and cons|meaning|outline|overview|tell me about|what does|what do |what is a |what is an |what are |what happens
        |in plain words|in simple terms|설명|왜 |이유|원인|차이|뭐가 달라|다른 점|비교|장단점|원리|의미|뜻하|개념|어떻게|쉽게|이란|궁금""",
    "advise": """recommend|suggest|advise|advice|tips|ideas|should i |should we |what should|what do you think|help me|which one|worth it
        |best way|what if|what can i|do i have to|추천|조언|요령|방법|는 법|좋을까|할까|될까|나을까|괜찮|어떡|어쩌|도와|아이디어|가지만|챙겨야
        |해야 하나|해야 할|해야 해|고민|걱정""",
    "compose": """write|draft|compose|caption|slogan|tagline|poem|limerick|haiku|toast|speech|invitation|announcement|quiz|icebreaker|come up with
        |make me a|써 줘|써줘|써 주|써주|적어줘|적어 줘|적어 주|작성|만들|지어|문구|인사말|안내문|축사|답장|초안|삼행시|홍보|짜줘|짜 줘|짜 주""",
    "rework": """rewrite|rephrase|reword|summar|translat|proofread|correct |shorten|shorter|friendlier|polite|tighten|polish|simplify|paraphrase
        |plain english|요약|번역|옮겨|다듬|고쳐|바꿔줘|바꿔 줘|교정|첨삭|존댓말|말투|부드럽게|자연스럽|정리해|줄여""",
    "program": """```|script|function|regex|regular expression|query |queries|source code|compiler|parser|unit test|component|endpoint|api |dockerfile
        |docker compose|workflow|deadlock|traceback|race condition|memory leak|program |algorithm|react |django|flask|python|javascript|typescript
        |rust |golang|java |sql |html|css |bash |game |app |website|scraper|crawler|스크립트|함수|정규식|쿼리|코드|클래스|컴파일|단위 테스트|도커|데드락
        |버그|프로그램|알고리즘|리액트|파이썬|자바|게임|앱 |앱을|웹사이트|홈페이지|크롤러""",
    "build": """write|build|create |make a |make an |make me|implement|code |develop|fix |debug|refactor|optimi|migrate|deploy|give me|generate|convert|짜줘|짜 줘|짜 주
        |만들|작성|구현|고쳐|디버깅|리팩터링|리팩토링|개발|최적화|배포|변환""",
    "prove": """prove |proof|derive |derivation|show that|show your|show the|the working|integrate |differentiate|solve |work out|how many ways
        |equation|theorem|증명|유도|풀이|풀어라|풀어줘|풀어 줘|푸시오|적분|미분|방정식|계산해|구하고|구하시오|구하라|과정을|추론|경우의 수""",
    "plan": """design|architect|plan |plans|strateg|roadmap|itinerary|rota |roster|schedule|timetable|proposal|forecast|migration|rollout|roll back
        |rollback|diagnos|analyse|analyze|analysis|evaluate|critici|hypothes|trade-off|tradeoff|argue |discuss |case study|budget|설계|아키텍처|계획|전략
        |로드맵|일정|배치표|시간표|사업|제안|추정|진단|분석|평가|비판|논하|가설|방안|예산|구축|기획|식단|배분""",
    "long": """essay|story|article|report|chapter|novel|guide |tutorial|curriculum|lecture|screenplay|scene |blog post|thesis|press release
        |documentation|business plan|meal plan|lesson plan|논설문|에세이|소설|보고서|이야기|기사|논문|대본|시나리오|튜토리얼|블로그|사업계획서|동화|독후감
        |자소서|자기소개서|제안서|계획서""",
    "steps": """step by step|steps|in order|each |every |first |then |finally|walk me through|one by one|in detail|thorough|comprehensive
        |with examples|단계|순서|각각|마다|차례|먼저|그다음|그 다음|마지막으로|자세히|상세|꼼꼼|서론|본론|결론|포함해""",
    "bound": """under |at most|at least|no more than|less than|more than|within|without|only |must |limit|assuming|given that|including|이하|이상
        |이내|안에서|최소|최대|까지|빼고|없이|제외|포함|가정|조건|단,|넣고|동안|미만|초과""",
}  # fmt: skip
