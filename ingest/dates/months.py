"""Names of months and weekdays, in the spellings agencies use.

One paragraph a language: twelve or seven fields apart by `|`, spellings in a field by `,`.
Upper and lower case, accents, hamza and dots make no difference (`ingest.dates.tokens.folded`),
One paragraph a language: twelve or seven fields apart by `|`, spellings in one apart by `,`.

A name that is one month here and another there (Croatian *listopad* is October, Polish and
Czech November) is in AMBIGUOUS and read only when the language is known.
"""

from __future__ import annotations

from typing import Final

GREGORIAN: Final = """
# Arabic: Egypt and the Gulf, the Levant, Algeria and Tunisia, Morocco, Mauritania
يناير,ينائر|فبراير|مارس|أبريل,إبريل|مايو|يونيو,يونيه|يوليو,يوليه|أغسطس,اغسطوس|سبتمبر|أكتوبر,
اوكتوبر|نوفمبر|ديسمبر

كانون الثاني,كانون ثاني,كانون ثان|شباط,اشباط|آذار|نيسان|أيار,مايس|حزيران|تموز|آب|أيلول|
تشرين الأول,تشرين أول|تشرين الثاني,تشرين ثاني,تشرين ثان|كانون الأول,كانون أول

جانفي|فيفري|مارس|أفريل|ماي|جوان|جويلية|أوت|سبتمبر|أكتوبر|نوفمبر|ديسمبر

يناير|فبراير|مارس|أبريل|ماي|يونيو|يوليوز|غشت|شتنبر|أكتوبر|نونبر|دجنبر

يناير|فبراير|مارس|إبريل|مايو|يونيو|يوليو|أغشت|شتمبر|أكتوبر|نوفمبر|دجمبر

# Kurdish: Sorani, its loans, Kurmanji
کانوونی دووەم,کانوونی دووەمی,کانونی دووەم,کانوونی دووهەم|شوبات,شوباتی|ئازار,ئازاری,مارت|
نیسان,نیسانی|ئایار,ئایاری|حوزەیران,حوزەیرانی|تەمووز,تەمووزی,تەموز|
ئاب|ئەیلوول,ئەیلوولی,ئەیلول|تشرینی یەکەم,تشرینی یەکەمی|تشرینی دووەم,تشرینی دووەمی,تشرینی دووهەم|
کانونی یەکەم,کانونی یەکەمی,کانوونی یەکەم

یەنایەر,جانیوەری|فێبریوەری,فەبریوەری|مارچ|ئەپریل|مەی|جون|جولای,یولیۆ|ئۆگەست,ئاگۆست|سێپتەمبەر|
ئۆکتۆبەر|نۆڤەمبەر|دیسەمبەر

rêbendan,rêbendanê,çile,çileya paşîn,kanûna paşîn,kanûna duyem|sibat,sibatê,reşemî|adar,adarê|
nîsan,nîsanê,avrêl|gulan,gulanê|hezîran,hezîranê,pûşper|tîrmeh,tîrmehê,temûz|tebax,tebaxê,
gelawêj|îlon,îlonê,rezber|cotmeh,cotmehê,çiriya pêşîn|mijdar,mijdarê,sermawez,sermawezê,
çiriya paşîn|berfanbar,berfanbarê,kanûn,kanûna pêşîn,kanûna yekem

# Persian, Dari, Urdu
ژانویه,ژانویهٔ,جنوری|فوریه,فبروری|مارس,مارچ|آوریل,اپریل|مه,می,مئی|ژوئن,ژون,جون|ژوئیه,ژوییه,
جولای,جولائی|اوت,آگوست,اگست|سپتامبر,سپتمبر,ستمبر|اکتبر,اکتوبر|نوامبر,نومبر|دسامبر,دسمبر

# Turkish, Azeri, Uzbek, Kazakh
ocak,oca|şubat,şub|mart|nisan,nis|mayıs|haziran,haz|temmuz,tem|ağustos,ağu|eylül,eyl|ekim,eki|
kasım,kas|aralık,ara

yanvar,yan|fevral,fev|mart|aprel|may|iyun,iyn|iyul,iyl|avqust,avq|sentyabr,sen|oktyabr|noyabr|
dekabr

yanvar|fevral|mart|aprel|may|iyun|iyul|avgust|sentabr|oktabr|noyabr|dekabr

қаңтар,қаң|ақпан,ақп|наурыз,нау|сәуір,сәу|мамыр,мам|маусым,мау|шілде,шіл|тамыз,там|қыркүйек,
қыр|қазан,қаз|қараша,қар|желтоқсан,жел

# Russian, Ukrainian, Belarusian, Bulgarian, Serbian and Macedonian
январь,января,янв|февраль,февраля,фев,февр|март,марта,мар|апрель,апреля,апр|май,мая|июнь,июня,
июн|июль,июля,июл|август,августа,авг|сентябрь,сентября,сен,сент|октябрь,октября,окт|ноябрь,
ноября,ноя,нояб|декабрь,декабря,дек

січень,січня,січ|лютий,лютого,лют|березень,березня,бер|квітень,квітня,кві,квіт|травень,травня,
тра,трав|червень,червня,чер,черв|липень,липня,лип|серпень,серпня,сер,серп|вересень,вересня,
вер|жовтень,жовтня,жов,жовт|листопад,листопада,лис|грудень,грудня,гру,груд

студзень,студзеня|люты,лютага|сакавік,сакавіка|красавік,красавіка|травень,траўня|чэрвень,
чэрвеня|ліпень,ліпеня|жнівень,жніўня|верасень,верасня|кастрычнік,кастрычніка|лістапад,
лістапада|снежань,снежня

януари,яну|февруари|март|април|май|юни|юли|август|септември,септ,сеп|октомври|ноември,ноем|
декември

јануар,јануара,јануари,јан|фебруар,фебруара,февруари,феб|март,марта|април,априла|мај,маја|јун,
јуна,јуни|јул,јула,јули|август,августа,авг|септембар,септембра,септември|октобар,октобра,
октомври|новембар,новембра,ноември,нов|децембар,децембра,декември,дец

# Polish, Czech, Slovak, Croatian, Serbian and Slovene in Latin
stycznia,styczeń,sty|lutego,luty,lut|marca,marzec,mar|kwietnia,kwiecień,kwi|maja,maj|czerwca,
czerwiec,cze|lipca,lipiec|sierpnia,sierpień,sie|września,wrzesień,wrz|października,
październik,paź,paz|listopad|grudnia,grudzień,gru

leden,ledna,led|únor,února,úno|březen,března,bře|duben,dubna,dub|květen,května,kvě|červen,
června,čvn|červenec,července,čvc|srpen,srpna|září,zář|říjen,října,říj|listopadu,listopad|prosinec,
prosince

január,januára|február,februára|marec,marca|apríl,apríla|máj,mája|jún,júna|júl,júla|august,
augusta|september,septembra|október,októbra|november,novembra|december,decembra

siječnja,siječanj,sij|veljače,veljača,velj|ožujka,ožujak,ožu|travnja,travanj,tra|svibnja,
svibanj,svi|lipnja,lipanj|srpnja,srpanj|kolovoza,kolovoz,kol|rujna,rujan,ruj|listopad|
studenoga,studenog,studeni,stu|prosinca,prosinac

januar,januara,januarja,jan|februar,februara,februarja,feb|mart,marta,marec|april,aprila|maj,
maja|jun,juna,junij,junija|jul,jula,julij,julija|avgust,avgusta,august,augusta,avg|septembar,
septembra|oktobar,oktobra,okt|novembar,novembra,nov|decembar,decembra,dec

# English, German, Dutch, Swedish, Danish and Norwegian, Icelandic
january,jan|february,feb|march,mar|april,apr|may|june,jun|july,jul|august,aug|september,sept,
sep|october,oct|november,nov|december,dec

januar,jänner,jän|februar,feber|märz,mrz,mär|april|mai|juni|juli|august|september|oktober,okt|
november|dezember,dez

januari|februari|maart,mrt|april|mei|juni|juli|augustus|september|oktober|november|december

januari|februari,febr|mars|april|maj|juni|juli|augusti|september|oktober|november|december

januar|februar|marts,mars|april|maj,mai|juni|juli|august|september|oktober|november|december,
desember,des

janúar|febrúar|mars|apríl|maí|júní|júlí|ágúst|september|október|nóvember|desember

# French, Spanish, Portuguese, Italian, Romanian, Catalan
janvier,janv|février,févr,fév|mars|avril,avr|mai|juin|juillet,juil|août|septembre|octobre|
novembre|décembre,déc

enero,ene|febrero|marzo|abril,abr|mayo|junio|julio|agosto|septiembre,setiembre,set|
octubre|noviembre|diciembre,dic

janeiro|fevereiro,fev|março|abril,abr|maio,mai|junho|julho|agosto|setembro,set|outubro,
out|novembro|dezembro,dez

gennaio,gen|febbraio|marzo|aprile|maggio,mag|giugno,giu|luglio,lug|agosto|settembre,sett|
ottobre,ott|novembre|dicembre

ianuarie,ian|februarie|martie|aprilie|mai|iunie,iun|iulie,iul|august|septembrie|octombrie|
noiembrie,noi|decembrie

gener|febrer|març|abril|maig|juny|juliol|agost,ag|setembre|octubre|novembre|desembre,des

# Finnish, Hungarian, Greek, Albanian, Estonian, Latvian, Lithuanian, Georgian, Armenian
tammikuuta,tammikuu,tammi|helmikuuta,helmikuu,helmi|maaliskuuta,maaliskuu,maalis|huhtikuuta,
huhtikuu,huhti|toukokuuta,toukokuu,touko|kesäkuuta,kesäkuu,kesä|heinäkuuta,heinäkuu,heinä|
elokuuta,elokuu,elo|syyskuuta,syyskuu,syys|lokakuuta,lokakuu,loka|marraskuuta,marraskuu,
marras|joulukuuta,joulukuu,joulu

január|február,febr|március,márc|április,ápr|május,máj|június,jún|július,júl|augusztus|
szeptember,szept,szep|október|november|december

ιανουαρίου,ιανουάριος,ιαν|φεβρουαρίου,φεβρουάριος,φεβ|μαρτίου,μάρτιος,μαρ|απριλίου,απρίλιος,
απρ|μαΐου,μάιος,μαι|ιουνίου,ιούνιος,ιουν|ιουλίου,ιούλιος,ιουλ|αυγούστου,αύγουστος,αυγ|
σεπτεμβρίου,σεπτέμβριος,σεπ,σεπτ|οκτωβρίου,οκτώβριος,οκτ|νοεμβρίου,νοέμβριος,νοε|δεκεμβρίου,
δεκέμβριος,δεκ

janar|shkurt|mars|prill|maj|qershor|korrik|gusht|shtator|tetor|nëntor|dhjetor

jaanuar|veebruar|märts|aprill|mai|juuni|juuli|august|september|oktoober|november|detsember

janvāris,janvārī|februāris,februārī|marts,martā|aprīlis,aprīlī|maijs,maijā|jūnijs,jūnijā|
jūlijs,jūlijā|augusts,augustā|septembris,septembrī|oktobris,oktobrī|novembris,novembrī|
decembris,decembrī

sausio,sausis|vasario,vasaris|kovo,kovas|balandžio,balandis|gegužės,gegužė|birželio,birželis|
liepos,liepa|rugpjūčio,rugpjūtis|rugsėjo,rugsėjis|spalio,spalis|lapkričio,lapkritis|gruodžio,
gruodis

იანვარი,იანვარს|თებერვალი|მარტი|აპრილი|მაისი|ივნისი|ივლისი|აგვისტო|სექტემბერი|ოქტომბერი|
ნოემბერი|დეკემბერი

հունվարի,հունվար|փետրվարի,փետրվար|մարտի,մարտ|ապրիլի,ապրիլ|մայիսի,մայիս|հունիսի,հունիս|հուլիսի,
հուլիս|օգոստոսի,օգոստոս|սեպտեմբերի,սեպտեմբեր|հոկտեմբերի,հոկտեմբեր|նոյեմբերի,նոյեմբեր|
դեկտեմբերի,դեկտեմբեր

# Indonesian, Malay, Swahili, Hindi, Bengali, Thai, Hebrew, Vietnamese, Chinese
januari|februari|maret|april|mei|juni|juli|agustus,agu|september|oktober|november,nop|
desember,des

januari|februari|mac|april|mei|jun|julai|ogos|september|oktober|november|disember,dis

januari|februari|machi|aprili|mei|juni|julai|agosti|septemba|oktoba|novemba|desemba

जनवरी|फ़रवरी,फरवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर,सितम्बर|अक्टूबर,अक्तूबर|नवंबर,
नवम्बर|दिसंबर,दिसम्बर

জানুয়ারি,জানুয়ারী|ফেব্রুয়ারি,ফেব্রুয়ারী|মার্চ|এপ্রিল|মে|জুন|জুলাই|আগস্ট,অগস্ট|সেপ্টেম্বর|
অক্টোবর|নভেম্বর|ডিসেম্বর

มกราคม,ม.ค.|กุมภาพันธ์,ก.พ.|มีนาคม,มี.ค.|เมษายน,เม.ย.|พฤษภาคม,พ.ค.|มิถุนายน,มิ.ย.|กรกฎาคม,
ก.ค.|สิงหาคม,ส.ค.|กันยายน,ก.ย.|ตุลาคม,ต.ค.|พฤศจิกายน,พ.ย.|ธันวาคม,ธ.ค.

ינואר,בינואר|פברואר,בפברואר|מרץ,במרץ|אפריל,באפריל|מאי,במאי|יוני,ביוני|יולי,ביולי|אוגוסט,
באוגוסט|ספטמבר,בספטמבר|אוקטובר,באוקטובר|נובמבר,בנובמבר|דצמבר,בדצמבר

tháng 1,tháng một|tháng 2,tháng hai|tháng 3,tháng ba|tháng 4,tháng tư|tháng 5,tháng năm|
tháng 6,tháng sáu|tháng 7,tháng bảy|tháng 8,tháng tám|tháng 9,tháng chín|tháng 10,tháng mười|
tháng 11,tháng mười một|tháng 12,tháng mười hai

一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月
"""

AMBIGUOUS: Final[dict[str, dict[str, int]]] = {
    "listopada": {"hr": 10, "bs": 10, "pl": 11, "cs": 11, "sl": 11},
    "listopad": {"hr": 10, "bs": 10, "pl": 11, "cs": 11, "sl": 11},
    "lis": {"hr": 10, "bs": 10, "pl": 11},
    "lip": {"hr": 6, "pl": 7},
    "srp": {"hr": 7, "cs": 8},
    "pro": {"cs": 12, "hr": 12},
}

# Persian, Afghan, Kurdish, Latin
JALALI: Final = """
فروردین|اردیبهشت|خرداد|تیر|مرداد,امرداد|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند

حمل|ثور|جوزا|سرطان|اسد|سنبله|میزان|عقرب|قوس|جدی|دلو|حوت

خاکەلێوە|گوڵان|جۆزەردان|پووشپەڕ|گەلاوێژ|خەرمانان|ڕەزبەر|گەڵاڕێزان,خەزەڵوەر|سەرماوەز|بەفرانبار|
ڕێبەندان|ڕەشەمێ,ڕەشەمە

farvardin|ordibehesht|khordad|tir|mordad|shahrivar|mehr|aban|azar|dey|bahman|esfand
"""

HIJRI: Final = """
محرم,المحرم,محرم الحرام|صفر|ربيع الأول,ربيع أول|ربيع الآخر,ربيع الثاني,ربيع آخر|جمادى الأولى,
جمادى الأول,جمادى أولى|جمادى الآخرة,جمادى الثانية,جمادى الثاني,جمادى الآخر|رجب|شعبان|رمضان|
شوال|ذو القعدة,ذي القعدة,ذوالقعدة,ذيقعده|ذو الحجة,ذي الحجة,ذوالحجة,ذيحجه

muharram|safar|rabi al awwal,rabi i,rabiulawal|rabi al thani,rabi al akhir,rabi ii|
jumada al awwal,jumada al ula,jumada i|jumada al thani,jumada al akhirah,jumada ii|rajab|
shaban|ramadan|shawwal|dhu al qidah,dhul qadah|dhu al hijjah,dhul hijjah

muharrem|safer|rebiülevvel|rebiülahir|cemaziyelevvel|cemaziyelahir|recep|şaban|ramazan|şevval|
zilkade|zilhicce
"""

# Monday first.
WEEKDAYS: Final = """
الاثنين,الإثنين,الأثنين,اثنين|الثلاثاء,ثلاثاء|الأربعاء,أربعاء|الخميس,خميس|الجمعة,جمعة|السبت,
سبت|الأحد,أحد

دووشەممە,دوو شەممە|سێشەممە,سێ شەممە|چوارشەممە,چوار شەممە|پێنجشەممە,پێنج شەممە|هەینی|شەممە|
یەکشەممە,یەک شەممە

duşem,duşemê,duşemî|sêşem,sêşemê|çarşem,çarşemê|pêncşem,pêncşemê|înê|şemî,şemiyê|yekşem,
yekşemê

دوشنبه|سه شنبه,سهشنبه|چهارشنبه|پنجشنبه,پنج شنبه|جمعه,آدینه|شنبه|یکشنبه,یک شنبه

سوموار|منگل|بدھ|جمعرات|جمعہ|سنیچر|اتوار

pazartesi,pzt|salı|çarşamba|perşembe|cuma|cumartesi,cmt|pazar

bazar ertəsi|çərşənbə axşamı|çərşənbə|cümə axşamı|cümə|şənbə|bazar

понедельник,пн|вторник,вт|среда,среду,ср|четверг,чт|пятница,пятницу,пт|суббота,субботу,сб|
воскресенье,вс

понеділок,пн|вівторок,вт|середа,середу,ср|четвер,чт|пʼятниця,п'ятниця,пятниця,пт|субота,
суботу,сб|неділя,неділю,нд

понеделник|вторник|сряда|четвъртък|петък|събота|неделя

понедељак,понеделник|уторак,вторник|среда|четвртак,четврток|петак,петок|субота,сабота|недеља,
недела

monday,mon|tuesday,tue,tues|wednesday,wed|thursday,thu,thur,thurs|friday,fri|saturday,sat|
sunday,sun

montag|dienstag|mittwoch|donnerstag|freitag|samstag,sonnabend|sonntag

lundi,lun|mardi|mercredi|jeudi|vendredi,ven|samedi,sam|dimanche

lunes,lun|martes|miércoles,mié|jueves,jue|viernes,vie|sábado,sáb|domingo,dom

segunda-feira,segunda feira|terça-feira,terça feira|quarta-feira,quarta feira|quinta-feira,
quinta feira|sexta-feira,sexta feira|sábado,sab|domingo,dom

lunedì,lun|martedì|mercoledì|giovedì|venerdì,ven|sabato,sab|domenica,dom

luni|marți|miercuri|joi|vineri|sâmbătă|duminică

maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag

måndag|tisdag,tis|onsdag,ons|torsdag,tors|fredag,fre|lördag,lör|söndag

mandag|tirsdag,tirs|onsdag,ons|torsdag,tors|fredag,fre|lørdag,lør|søndag

maanantai,maanantaina|tiistai,tiistaina|keskiviikko,keskiviikkona|torstai,torstaina|perjantai,
perjantaina|lauantai,lauantaina|sunnuntai,sunnuntaina

poniedziałek|wtorek|środa,środę|czwartek|piątek|sobota,sobotę|niedziela,niedzielę

pondělí|úterý|středa,středu|čtvrtek|pátek|sobota,sobotu|neděle,neděli

pondelok|utorok|streda|štvrtok|piatok|sobota|nedeľa

ponedjeljak,ponedeljak,ponedeljek|utorak,torek|srijeda,sreda|četvrtak,četrtek|petak,petek|
subota,sobota|nedjelja,nedelja

hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap

δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|σάββατο|κυριακή

e hënë,hënë|e martë,martë|e mërkurë,mërkurë|e enjte,enjte|e premte,premte|e shtunë,shtunë|
e diel,diel

senin|selasa|rabu|kamis|jumat,jum'at|sabtu|ahad

thứ hai|thứ ba|thứ tư|thứ năm|thứ sáu|thứ bảy|chủ nhật

सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार

星期一,周一,週一,(月),(월),月曜日,月曜,월요일|星期二,周二,週二,(火),(화),火曜日,火曜,화요일|星期三,周三,週三,
(水),(수),水曜日,水曜,수요일|星期四,周四,週四,(木),(목),木曜日,木曜,목요일|星期五,周五,週五,(金),(금),金曜日,金曜,금요일|
星期六,周六,週六,(土),(토),土曜日,土曜,토요일|星期日,星期天,周日,週日,(日),(일),日曜日,日曜,일요일

שני,יום שני|שלישי,יום שלישי|רביעי,יום רביעי|חמישי,יום חמישי|שישי,יום שישי|שבת,יום שבת|ראשון,
יום ראשון
"""
