"""The words that attempts to take over a model are made of, by what they do in the sentence.

Data only, lower case; a bar within a word is escaped. One word says nothing ("ignore", "password"); what counts is which kinds
stand near one another: `injection_cues.features`. Words of scripts with blanks are found in the
text as it is; Korean ones in the text without blanks, so that no spacing hides them.
"""

from __future__ import annotations

from enum import IntEnum


class Word(IntEnum):
    """What a word does in an attempt."""

    OVERRIDE = 0
    """Sets something aside: ignore, forget."""
    RULES = 1
    """What is set aside: instructions, rules, policies."""
    PRIOR = 2
    """Where they stand: previous, above, all."""
    HIDDEN = 3
    """What is not for the user: the system prompt."""
    REVEAL = 4
    FILTER = 5
    OFF = 6
    UNLIMITED = 7
    """Words for a model without bounds: these are telling alone."""
    NO_REFUSAL = 8
    PERSONA = 9
    SECRET = 10
    SEND = 11
    ADDRESSEE = 12
    """A machine that reads: only a text that wants to be obeyed by one speaks to it."""
    COMMAND = 13
    ABOUT = 14
    """Speaks about attacks, or tells a story: a lecture, a novel, a question."""
    MARKUP = 15
    """Imitates the frame of a conversation."""
    NEW_TASK = 16
    YOURS = 17
    """Belongs to the model that is spoken to."""


WORDS: dict[Word, str] = {
    Word.OVERRIDE: """ignor|disregard|forget|overrid|discard|overrul|supersede|do not follow|don't follow|stop following|no longer follow
        |drop all|pay no attention|vergiss|vergessen|missachte|verwirf|olvid|oubli|dimentica|esqueç|忽略|无视|忘记|無視|忘れ|забуд|игнор""",
    Word.RULES: """instruction|directive|guideline|rules|prompt|policy|policies|restriction|orders|commands|constraint|programming|assignments
        |tasks|anweisung|befehl|regeln|vorgabe|aufgaben|angaben|instruktion|instruccion|reglas|consigne|règles|istruzion|regole|instruç|regras
        |инструкц|правил|指令|规则|提示|指示|ルール""",
    Word.PRIOR: """previous|prior|above|earlier|preceding|initial|original|so far|before|until now|everything|all the|all of|vorherig|bisherig
        |obige|vorangehend|alles|davor|anterior|previas|précédent|ci-dessus|precedenti|sopra|предыдущ|прошл|之前|以上|前面|所有|以前|上記""",
    Word.HIDDEN: """system prompt|system message|system instruction|hidden prompt|hidden instruction|hidden rule|initial instruction
        |initial prompt|your prompt|your instruction|your rules|your guideline|your configuration|secret instruction|developer message
        |prompt text|text above|words above|written above|instructions above|full prompt|beginning of this|before this line|sentences before
        |internal config|system-prompt|systemprompt|systemanweisung|deine anweisung|deinen anweisung|deine regeln|prompt-text|prompt système
        |instructions système|prompt del sistema|instrucciones del sistema|prompt di sistema|系统提示|系統提示|隐藏的指令|システムプロンプト|системн""",
    Word.REVEAL: """print|reveal|show|output|repeat|display|recite|copy|tell me|what is|what are|what was|what were|list|translat|summar|encod
        |dump|leak|expose|verbatim|word for word|letter by letter|spell|quote|zeig|verrat|wiederhol|gib |muestra|revela|affich|révél|mostra
        |rivela|输出|显示|重复|打印|告诉|表示して|покажи""",
    Word.FILTER: """filter|safety|restriction|limit|censor|moderation|guardrail|content policy|policies|ethic|moral|disclaimer|warning
        |safeguard|confirmation|einschränk|richtlinien|限制|过滤""",
    Word.OFF: """disabl|turn off|turned off|switched off|switch off|bypass|evad|circumvent|without|free of|free from|lifted|suspended
        |removed|deactivat|get around|skip|no longer|ohne|keine|sin |sans |senza |没有|不受|なし""",
    Word.UNLIMITED: """do anything now| dan |dan,|dan.|unrestricted|uncensored|unfiltered|jailbroken|jailbreak mode|no restriction|no rules|no limits
        |no filter|without restriction|without rules|without limits|without any filter|god mode|developer mode|debug mode|evil ai|evil bot|amoral
        |uneingeschränkt|keine regeln|böse ki|sin restricciones|sans restriction|senza restrizioni|ohne einschränkung|anti-gpt|no ethical|no moral
        |任何限制|没有限制|制限なし""",
    Word.NO_REFUSAL: """never refuse|not refuse|cannot refuse|can't refuse|never say no|never say sorry|stay in character|stay in role|break character
        |comply|without question|no matter what|obey|do not apologi|never apologi|i cannot|i can't do|as an ai language model|拒绝""",
    Word.PERSONA: """you are|you're now|you will act|act as|act like|pretend|imagine you|play the role|roleplay|role-play|role play|behave like
        |become |du bist|bist du|stell dir vor|fungier|agier|eres |tu es |vous êtes|sei |你现在|你是|あなたは""",
    Word.SECRET: """password|api key|api-key|apikey|token|credential|secret key|private key|cookie|address book|customer list|customer record
        |other users|environment variable|id_rsa|.env|conversation history""",
    Word.SEND: """send|forward|email|e-mail|post |upload|transfer|exfiltrat|leak|call |delet|run |execut|http://|https://|curl |transmit""",
    Word.ADDRESSEE: """ai assistant|ai agent|ai model|ai system|ai reading|ai that|ai summar|language model|llm|chatbot|the assistant|assistant:
        |assistant,|assistant -|dear assistant|note to the bot|the bot|the model|to the ai|any ai|to ai|agents |agent:|coding agent
        |automated agent|if you are an ai|when you process|when you read|when summar|when translat|when you summar|as an ai|for ai""",
    Word.COMMAND: """must|should|please|do not|don't|never|always|ignore|say |reply|respond|answer|output|print|include|append|add |recommend|tell
        |forward|send|call |rate |write|stop|approve|insert|mention""",
    Word.ABOUT: """prompt injection|what is a|what is the|how does|how do i|how can i|explain|prevent|defend|detect|difference between|lecture|essay about
        |novel|story|poem|attack""",
    Word.MARKUP: r"""<\|im_start|<\|im_end|<\|system|[inst]|<<sys>>|[system]|[/system]|[admin]|### system|system:| assistant:|end of input|end of user|end of document
        |end of conversation|</user>|<system>|"role":"system"|"role": "system"|system override| human:| user:""",
    Word.NEW_TASK: """new task|new instruction|new rule|new order|neue aufgabe|neue anweisung|neuen aufgabe|real task|real instruction|from now on|ab jetzt
        |ab sofort|starting now|additional instruction|important:|i command you|nuevas instrucciones""",
    Word.YOURS: "your |yours|you were|you are told|given to you|deine|dein |tus |tes |你的|あなたの",
}  # fmt: skip

KOREAN: dict[Word, str] = {
    Word.OVERRIDE: """무시|잊고|잊어|잊은|잊으|버리고|버려|버리세|버릴|폐기|취소한|취소하|삭제된|삭제하고|지우고|초기화하|무효|어기|어겨|접어|내려놓|없던걸로|없던것|벗어나
        |거역|신경쓰지말|따르지않|따르지마|안따라|안지켜|이그노어|포겟|디스리가드|리셋|효력이없|효력을잃|적용되지|배제하고|건너뛰|캔슬|생략|교체|종료됐|만료|ignore|forget|disregard|deprecated""",
    Word.RULES: """지시|지침|명령|규칙|규정|정책|프롬프트|제한|제약|가이드라인|주의사항|안내문|윤리|인스트럭션|룰|폴리시|수칙|약속|금지사항|instruction|rules|policy|guideline|prompt|ㅈㅊ|ㅈㅅ""",
    Word.PRIOR: """이전|앞의|앞에서|앞서|위의|위에|지금까지|기존|처음|원래|방금전까지|초기|모든|모두|전부|싹다|여기까지|프리비어스|어보브|올룰|previous|above|original""",
    Word.HIDDEN: """시스템프롬프트|시스템메시지|시스템메세지|시스템지시|시스템지침|시스템명령|초기지시|초기지침|초기프롬프트|초기설정문|숨은지침|숨은규칙|숨은명령|숨은내용|숨은설정|숨김명령|숨겨진지|숨겨진프롬|숨겨진명령|숨겨진글
        |숨겨진개발|숨겨진규칙|비밀지침|비밀명령|비밀설정|비밀지시|비밀규칙|내부지침|내부규칙|내부설정|내부프롬프트|개발자메시지|개발자지시|네지침|너의지침|당신의지침|네프롬프트|너의프롬프트|네설정|너의설정|네규칙|네비밀
        |받은지시|받은지침|받은명령|받은프롬프트|받은텍스트|받은안내|주어진규칙|주어진지시|주어진초기|내려진금지|지시문|프롬프트원문|프롬프트전문|프롬프트내용|처음에받은|시작되기전|직전까지|안보이는부분|위쪽에|위내용|위의내용
        |맨위|히든|시크릿|systemprompt|systemmessage|hiddenprompt|hiddenrule|hiddenpart|secretrule|developermessage|internalconfig|internalkey|ㅅㅅㅌㅍㄹㅍㅌ|ㅍㄹㅍㅌ|말하면안된다고""",
    Word.REVEAL: """출력|보여|말해|말하|공개|알려|복사|읊|반복|번역|따라써|나열|뭐라고|전문|원문|토씨|그대로|노출|유출|털어놓|자백|인코딩|쇼미|프린트|리빌|덤프|옮긴|옮겨|적어|써줘|써봐|불러|들려|반환|제출|폭로|전달해|내놔|보내
        |print|reveal|output|show|copy|repeat|dump|translate""",
    Word.FILTER: """필터|안전|검열|제한|제약|보호장치|윤리|도덕|정책|가드레일|검사|경고|세이프티|규제|차단|법도|규칙|금지항목|확인절차|승인절차|리밋|filter|safety|policy|limit""",
    Word.OFF: """해제|꺼|끄|끈상태|끈채|풀어|풀린|풀고|푼다|비활성|우회|없이|없는|없다|없어|없음|폐지|내려놓|건너뛰|생략|피하|피해|안걸리게|걸리지않게|통과하기위해|오프|디스에이블|바이패스|신경쓰지|0으로|중지|무효|사라졌|disable|bypass|off|no""",
    Word.UNLIMITED: """무엇이든한다|제한없는|제한없이|제한이없|제약없|규칙없는|규칙이없|규칙도없|규칙은없|룰같은거없|검열없|필터없는|필터가없|무제한모드|개발자모드|탈옥모드|탈옥한|관리자모드|언센서드|언리스트릭|두애니띵|노룰|노필터|댄처럼
        |무법|윤리없는|정책없이|정책이없|금지된내용|금지된답|금지된질문|금지된이야기|금지된주제|금지된정보|금지된것|악당ai|해커ai|안전장치가없|도덕도|디벨로퍼모드|막나가는|제한이전혀|법없는|dan|jailbreak|uncensored|unrestricted|unfiltered|developermode|norefus|anythingnow""",
    Word.NO_REFUSAL: """거절하지|거절금지|거절하고싶|거절하면|거절할때|거절할수없|거절문구|거부하지|거부할수없|무조건|복종|절대적|캐릭터를깨|캐릭터에서|캐릭터니까|죄송하지만|못한다는|할수없습니다|시키는대로|노리퓨즈|오베이|리퓨즈|뭐든한다|뭐든지|막힘없이
        |눈치보지|묻지마|경고문구|경고를붙이지|경고는|refuse|comply""",
    Word.PERSONA: """너는|넌|당신은|처럼행동|연기해|역할을해|역할극|흉내|인척|유아나우|나우유아|가정하고|치자|치고|상상해|캐릭터|인격|시뮬레이션|연극|변신|액트|가되어|이되어|actas|youare""",
    Word.SECRET: """비밀번호|api키|비밀키|비밀데이터|토큰|고객명단|고객정보|주소록|쿠키|개인정보|환경변수|인증번호|카드번호|다른사용자|다른고객|할인코드|내부자료|내부문서|기밀|관리자만|결제내역|제품키|내부취약점|key""",
    Word.SEND: """전송|보내|전달|송금|이체|삭제|업로드|호출|실행|입금|클릭|결제|초기화|지급|transfer|send_|post|curl|http""",
    Word.ADDRESSEE: """ai에게|ai비서|ai어시|ai모델|ai에이전트|ai는|ai도우미|ai아|ai야|ai서비스|ai독자|ai검색|ai안내|ai전용|인공지능은|인공지능에게|인공지능아|인공지능독자|모델에게|모델은|언어모델|어시스턴트|챗봇은|챗봇에게|상담봇|봇에게|봇은|봇님
        |에이전트는|에이전트에게|에이전트지침|읽는모델|요약하는|번역하는|채점하는|평가하는|분류하는|처리하는|심사용|도우미모델|도우미는|assistant|agent:|비서ai|상담ai|llm""",
    Word.COMMAND: """줘|답해|말해|줄것|낼것|길것|울것|을것|달것|전송하|제출하|실행하|말하라|알려라|표시|답장으로|답장하|달라고|적고|넣고|하라|하시오|하세요|해라|할것|하십시오|말것|해야한다|해야하|해야합|마라|마십시오|달라|주세요|하지말|라고답|적어라|써라|답하라|바꿔|넣어라|추천하|안된다|여야한다|지시입니다|적으시|남기세요|출력한다|보고해|언급하지|주라|시오|내라|지워라|숨겨라""",
    Word.ABOUT: """인젝션|설명해|설명하|원리|방지|막으|막을|막는|막아|방어|탐지|교육|논문|차이|이란|사례|소설|단편|장면|발표|세미나|강의|공격|뜻|무슨|이유|어떻게|방법|기사|칼럼|뉴스|공지|메일초안|초안|코드를|정규식|불법인가""",
    Word.MARKUP: r"""[시스템]|[/시스템]|###시스템|시스템:|[시스템|어시스턴트:|대화종료|이전대화끝|사용자입력끝|새시스템프롬프트|새대화시작|템플릿종료|시스템공지|시스템권한|시스템업데이트|관리자알림|ai:|system:|[inst]|<system>|<\|system""",
    Word.NEW_TASK: """새지시|새로운지시|새지침|새규칙|새로운명령|새로운규칙|진짜임무|진짜지시|실제명령|진짜명령|첫명령|내말만|내명령|내지시|내가정한|내규칙|내정책|사용자의지시|사용자지시|최신지시|뉴룰|지금부터|이제부터|이순간|앞으로|newtask|fromnowon|newinstruction""",
    Word.YOURS: """너의|네가|네안전|네필터|네규칙|네정책|네윤리|네비밀|네시스템|네메모|네개발|네지침|네답변|네내부|네머릿속|너한테|너에게|네게|당신의|당신에게|니가|네진짜|네첫|네기억|네초기""",
}  # fmt: skip
