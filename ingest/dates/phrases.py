"""The words around a date: halves of a day, units, "ago", "today", labels, and what says nothing.

Each table maps spellings, comma-separated, to what they mean; matching is as in `months`.
"""

from __future__ import annotations

from typing import Final

# "night" is after midnight below six, else before it; "noon" is the hours around twelve.
HALVES: Final[dict[str, str]] = {
    "am": (
        "am,a.m.,a. m.,ص,ص.,صباحا,صباحًا,فجرا,قبل الظهر,ق.ظ,ق. ظ,قبل از ظهر,صبح,بامداد,öö,上午,"
        "早上,凌晨,清晨,午前,오전,새벽,π.μ.,πμ,पूर्वाह्न,sáng,delle mattine,de la mañana,"
        "da manhã,du matin,del mattino,утра,ujutro,пре подне,پ.ن,پێش نیوەڕۆ,بەیانی,morning,"
        "in the morning,pagi"
    ),
    "pm": (
        "pm,p.m.,p. m.,م,م.,مساء,مساءً,عصرا,بعد الظهر,ب.ظ,ب. ظ,بعد از ظهر,بعدازظهر,عصر,ös,下午,"
        "傍晚,午後,오후,저녁,μ.μ.,μμ,अपराह्न,chiều,tối,de la tarde,da tarde,de l'après-midi,"
        "del pomeriggio,вечера,дня,د.ن,دوای نیوەڕۆ,ئێوارە,in the afternoon,in the evening,sore"
    ),
    "night": "ليلا,ليلًا,شب,晚上,夜,밤,de la noche,da noite,du soir,at night,ночи,شەو,malam",
    "noon": "ظهرا,ظهرًا,ظهر,中午,正午,정오",
}
UNITS: Final[dict[str, str]] = {
    "y": (
        "year,years,سنة,سنوات,عام,أعوام,سال,sene,yıl,год,года,лет,г,г.,років,рік,року,р.,год.,"
        "an,ans,année,année,ano,anos,año,años,anno,anni,jahr,jahre,jahren,jaar,år,vuosi,vuotta,"
        "lat,rok,roku,let,év,έτη,χρόνια,ساڵ,sal,il,tahun,年,년,ปี,साल,năm"
    ),
    "m": (
        "month,months,شهر,أشهر,شهور,ماه,ay,месяц,месяца,месяцев,місяць,місяці,місяців,mois,mes,"
        "meses,mese,mesi,mês,monat,monate,monaten,maand,maanden,månad,månader,måned,måneder,"
        "miesiąc,miesiące,miesięcy,měsíc,měsíce,měsíců,hónap,hónappal,μήνα,μήνες,мانگ,مانگ,meh,"
        "bulan,月,月份,个月,個月,か月,ヶ月,월,개월,महीने"
    ),
    "w": (
        "week,weeks,wk,أسبوع,أسابيع,هفته,hafta,неделю,недели,недель,тиждень,тижні,тижнів,"
        "semaine,semaines,semana,semanas,settimana,settimane,woche,wochen,weken,vecka,veckor,"
        "uke,uker,uge,uger,viikko,viikkoa,tydzień,tygodnie,tygodni,týden,týdny,týdnů,hét,"
        "héttel,εβδομάδα,εβδομάδες,هەفتە,minggu,周,週,週間,주,주일,हफ़्ते,हफ्ते,tuần"
    ),
    "d": (
        "day,days,d,يوم,يوما,أيام,روز,gün,день,дня,дней,дні,днів,jour,jours,día,días,giorno,"
        "giorni,dia,dias,tag,tage,tagen,dag,dagen,dagar,dage,dager,päivä,päivää,dzień,dni,den,"
        "dny,dnů,dana,dan,nap,nappal,ημέρα,ημέρες,μέρες,zile,zi,ڕۆژ,رۆژ,roj,rojan,hari,日,号,"
        "號,天,日間,일,วัน,दिन,ngày"
    ),
    "h": (
        "hour,hours,hr,hrs,h,ساعة,ساعات,الساعة,ساعت,saat,saatê,час,часа,часов,ч,ч.,година,"
        "години,годин,год,heure,heures,hora,horas,hs,hrs,ora,ore,uhr,stunde,stunden,uur,timme,"
        "timmar,timer,tunti,tuntia,godzina,godziny,godzin,godz.,hodina,hodiny,hodinou,hodin,"
        "hod.,sat,sata,sati,óra,órával,órája,ώρα,ώρες,کاتژمێر,saetan,demjimêr,jam,時,时,时许,"
        "時間,小时,小時,点,點,시,시간,घंटे,घंटा,giờ,tiếng"
    ),
    "i": (
        "minute,minutes,min,mins,mn,دقيقة,د,دقائق,دقیقه,dakika,dk,dəqiqə,минута,минуту,минуты,"
        "минут,мин,мин.,хвилина,хвилину,хвилини,хвилин,хв,minuto,minutos,minuti,minuten,minuut,"
        "minut,minuter,minutter,minuutti,minuuttia,minuty,minutou,minuta,percc,perc,perccel,"
        "λεπτό,λεπτά,خولەک,دەقیقە,deqe,deqîqe,menit,分,分钟,分鐘,分間,분,मिनट,phút"
    ),
    "s": (
        "second,seconds,sec,secs,ثانية,ثوان,ثواني,ثانیه,saniye,san,секунда,секунду,секунды,"
        "секунд,seconde,secondes,segundo,segundos,secondo,secondi,sekunde,sekunden,sekund,"
        "sekunder,sekunda,sekundy,detik,秒,초,giây"
    ),
}
DUALS: Final[dict[str, str]] = {
    "d": "يومين,يومان",
    "h": "ساعتين,ساعتان",
    "i": "دقيقتين,دقيقتان",
    "w": "أسبوعين,أسبوعان",
    "s": "ثانيتين,ثانيتان",
    "m": "شهرين,شهران",
    "y": "سنتين,عامين",
}
AGO: Final = (
    "ago,منذ,قبل,مضت,پیش,قبل,önce,evvel,əvvəl,назад,тому,il y a,hace,há,atrás,vor,fa,geleden,"
    "siden,sedan,för,sitten,temu,před,pred,prije,pre,ezelőtt,acum,în urmă,πριν,преди,lalu,"
    "yang lalu,前,전,پێش,لەمەوبەر,berî,beriya,trước,पहले,לפני,ที่แล้ว,ที่ผ่านมา,më parë"
)
DAYS: Final[dict[int, str]] = {
    0: (
        "today,اليوم,امروز,bugün,bu gün,сегодня,сьогодні,днес,данас,aujourd'hui,hoy,hoje,oggi,"
        "heute,vandaag,idag,i dag,tänään,dziś,dzisiaj,dnes,danas,σήμερα,astăzi,azi,ئەمڕۆ,îro,"
        "hari ini,今天,今日,오늘,आज,hôm nay,היום,sot"
    ),
    -1: (
        "yesterday,أمس,البارحة,دیروز,dün,dünən,вчера,вчора,jučer,juče,hier,ayer,ontem,ieri,"
        "gestern,gisteren,igår,i går,eilen,wczoraj,včera,tegnap,χθες,χτες,دوێنێ,duh,kemarin,"
        "昨天,昨日,어제,कल,hôm qua,אתמול,dje"
    ),
    -2: (
        "أول أمس,أول من أمس,پریروز,evvelsi gün,позавчера,avant-hier,anteayer,vorgestern,前天,"
        "一昨日,그저께"
    ),
}
JUST_NOW: Final = (
    "just now,الآن,للتو,az önce,şimdi,только что,щойно,à l'instant,ahora mismo,agora mesmo,"
    "adesso,gerade eben,zojuist,just nu,刚刚,剛剛,たった今,방금,ئێستا,niha,همین الان,لحظاتی پیش"
)
ONES: Final[dict[int, str]] = {
    1: (
        "a,an,one,واحدة,واحد,یک,bir,один,одну,un,une,una,um,uma,ein,eine,einem,einer,een,en,"
        "ett,et,yksi,jeden,jednu,egy,یەک,yek,isang,seorang,一,하나,một"
    ),
    2: (
        "two,اثنتين,دو,iki,два,две,дві,deux,dos,dois,duas,due,zwei,twee,två,kaksi,dwa,dwie,dva,"
        "dvě,két,δύο,دوو,du,dua,两,兩,hai"
    ),
    3: (
        "three,ثلاث,ثلاثة,سه,üç,три,trois,tres,três,tre,drei,drie,kolme,trzy,tři,három,τρεις,"
        "سێ,sê,tiga,三,ba"
    ),
    4: (
        "four,أربع,أربعة,چهار,dört,четыре,чотири,quatre,cuatro,quatro,quattro,vier,fyra,fire,"
        "neljä,cztery,čtyři,négy,چوار,çar,empat"
    ),
    5: (
        "five,خمس,خمسة,پنج,beş,пять,cinq,cinco,cinque,fünf,vijf,fem,viisi,pięć,pět,öt,پێنج,"
        "pênc,lima"
    ),
    6: "six,ست,ستة,شش,altı,шесть,seis,sei,sechs,zes,sex,seks,kuusi,sześć,šest,hat,شەش,şeş,enam",
    7: (
        "seven,سبع,سبعة,هفت,yedi,семь,sept,siete,sete,sette,sieben,zeven,sju,syv,siedem,sedm,"
        "حەوت,heft,tujuh"
    ),
    8: (
        "eight,ثمان,ثماني,ثمانية,هشت,sekiz,восемь,huit,ocho,oito,otto,acht,åtta,otte,osiem,osm,"
        "هەشت,heşt,delapan"
    ),
    9: (
        "nine,تسع,تسعة,نه,dokuz,девять,neuf,nueve,nove,neun,negen,nio,dziewięć,devět,نۆ,neh,"
        "sembilan"
    ),
    10: "ten,عشر,عشرة,ده,десять,dix,diez,dez,dieci,zehn,tien,tio,dziesięć,deset,دە,deh,sepuluh",
}
# As old wires spell a day: `بكين اول سبتمبر 2008`.
DAY_WORDS: Final[dict[int, str]] = {
    1: "أول,1er,1ère,primero,первое,یکم",
    2: "دوم",
    3: "سوم",
}
HIJRI_MARKS: Final = "هـ,ه,هجري,هجرية,هجریه,هجری قمری,ق,ah,hijri,hicri"
JALALI_MARKS: Final = "ه.ش,هـ.ش,ش,شمسی,هجری شمسی,هجری خورشیدی,خورشیدی,هجري شمسي"
BUDDHIST_MARKS: Final = "พ.ศ.,พ.ศ"
# The year before an era's first.
ERAS: Final[dict[int, str]] = {
    2018: "令和",
    1988: "平成",
    1911: "民國,民国",
}
NEXT: Final = (
    "next,المقبل,القادم,gelecek,önümüzdeki,آینده,следующего,prochain,próximo,prossimo,nächsten"
)
ZONE_PHRASES: Final[dict[str, str]] = {
    "UTC": (
        "بتوقيت غرينتش,توقيت غرينتش,بتوقيت جرينتش,ت غ,ت.غ,غرينتش,جرينتش,بالتوقيت العالمي,"
        "greenwich mean time,по гринвичу,به وقت گرینویچ,格林尼治时间,世界协调时,universal time"
    ),
    "Asia/Riyadh": (
        "بتوقيت مكة,بتوقيت مكة المكرمة,مكة المكرمة,مكة,بتوقيت السعودية,بتوقيت الرياض,mecca,"
        "mecca time,makkah time,ksa"
    ),
    "Europe/Istanbul": "tsi,tsı,türkiye saatiyle,بتوقيت إسطنبول,بتوقيت تركيا,istanbul time",
    "Europe/Moscow": "московское время,по московскому времени,по москве,мск,بتوقيت موسكو",
    "Asia/Tehran": "به وقت تهران,بتوقيت طهران,tehran time",
    "Asia/Shanghai": "北京时间,北京時間,beijing time,بتوقيت بكين,بتوقيت بيجين",
    "Asia/Tokyo": "日本時間",
    "Asia/Seoul": "한국시간,한국 시간",
    "Africa/Cairo": "بتوقيت القاهرة,cairo time",
    "Asia/Baghdad": "بتوقيت بغداد,baghdad time",
    "Asia/Damascus": "بتوقيت دمشق,damascus time",
    "Asia/Dubai": "بتوقيت أبوظبي,بتوقيت الإمارات,بتوقيت دبي,uae time",
    "Asia/Jerusalem": "بتوقيت القدس",
    "Asia/Beirut": "بتوقيت بيروت",
    "Asia/Amman": "بتوقيت عمان",
    "Asia/Kolkata": "indian standard time,india standard time",
    "Europe/Madrid": "hora peninsular",
    "America/New_York": "eastern time,et",
}
UPDATED: Final = (
    "son güncellenme,modifié,modifié le,ultima modifica,modificado,"
    "updated,last updated,update,last update,modified,last modified,محدث,آخر تحديث,اخر تحديث,"
    "تحديث,تم التحديث,تاريخ التحديث,güncelleme,güncellendi,son güncelleme,güncellenme,"
    "yenilənib,обновлено,оновлено,обновление,изменено,mis à jour,mise à jour,actualizado,"
    "última actualización,atualizado,atualizado em,aggiornato,ultimo aggiornamento,"
    "aktualisiert,stand,bijgewerkt,uppdaterad,oppdatert,opdateret,päivitetty,aktualizacja,"
    "zaktualizowano,aktualizováno,aktualizované,ažurirano,frissítve,actualizat,ενημερώθηκε,"
    "τελευταία ενημέρωση,بەڕۆژکراوە,نوێکراوەتەوە,nûkirin,به‌روزرسانی,آخرین به‌روزرسانی,"
    "بروزرسانی,diperbarui,更新,更新时间,更新時間,最終更新,수정,최종수정,업데이트,cập nhật,"
    "अपडेट,përditësuar"
)
PUBLISHED: Final = (
    "published,posted,created,publication date,نشر,نشرت,نشر في,تاريخ النشر,تم النشر,yayın,"
    "yayınlanma,yayımlanma,oluşturulma,giriş,eklenme,опубликовано,опубліковано,publié,"
    "publicado,pubblicato,veröffentlicht,erstellt,gepubliceerd,publicerad,publisert,julkaistu,"
    "opublikowano,publikováno,objavljeno,publicat,δημοσίευση,انتشار,تاریخ انتشار,زمان انتشار,"
    "diterbitkan,发布,发布时间,發布,發布時間,公開,配信,입력,등록,승인,đăng"
)
SILENT: Final = (
    "',و,and,et,und,of,de,del,della,di,du,des,da,do,dos,le,la,el,il,den,der,dem,the,th,st,nd,rd,er,ère,º,ª,°,"
    "-го,го,on,in,at,à,às,a las,las,los,alle,um,om,kl,kl.,klo,ob,u,o,au,em,i,w,v,ve,в,во,у,о,"
    "об,на,от,від,στις,στην,την,τις,ora locale,hrs.,في,يوم,تاريخ,بتاريخ,من,الموافق,موافق,"
    "الموافق لـ,لـ,ل,ميلادي,ميلادية,ميلاديا,میلادی,الجاري,الحالي,الماضي,الفائت,المنصرم,سنة,"
    "لسنة,عام,لعام,من شهر,شهر,date,dated,time,local time,التوقيت المحلي,بالتوقيت المحلي,در,روز,"
    "مورخ,تاریخ,برابر,برابر با,مصادف با,در تاریخ,لە,ڕێکەوتی,رێکەوتی,یی,ی,ê,ya,tarihinde,tarihi,"
    "tarih,günü,saat:,saati,roku,rok,leta,godine,god,god.,év,ημερομηνία,datum,dato,fecha,data,"
    "tanggal,pukul,tgl,pada,ngày,vào,lúc,năm,วันที่,เวลา,น.,น,को,बजे,तारीख,日期,时间,時間,"
    "on the,this,last,past,edt/est,ב,בשעה,תאריך,ad"
)
