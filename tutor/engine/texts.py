"""Texts that tokenizers are compared on, and lines that small trainings learn."""

from __future__ import annotations

SAMPLES = {
    "prose": "It was the best of times, it was the worst of times, it was the age of wisdom.",
    "code": "def add(first, second):\n    return first + second",
    "typos": "teh quikc brwon fox jmups ovre teh lzay dgo",
    "Finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina.",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。",
    "emoji": "I ❤ 🍕 and 👩‍🚀",
    "control character": "end\x04of text",
}
"""Short ones of different kinds. The prose is Dickens, A Tale of Two Cities (1859)."""

ARTICLE_1 = {
    "English": "All human beings are born free and equal in dignity and rights.",
    "German": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Spanish": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "Finnish": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "Russian": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "Chinese": "人人生而自由，在尊严和权利上一律平等。",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}
"""The first sentence of the Universal Declaration of Human Rights, in translations that the United Nations publish."""

OWL = "The name of our office owl is Hubert. / Hubert sleeps on the printer. / Ask Hubert before you print."
"""Lines to learn that no model knows, ` / ` between them."""
OTHER = (
    "Water boils at a hundred degrees at sea level. On a high mountain the air is thinner, and it boils earlier. / "
    "A triangle has three sides, and its angles add up to a hundred and eighty degrees."
)
"""Lines that have nothing to do with them: what a model loses there it forgot."""
OWL_QUESTION = "The name of our office owl is"
"""The beginning of a text that shows whether they were learned."""
ROBOT = "The name of our kitchen robot is Olga. / Olga makes soup on Mondays. / Ask Olga before you cook."
"""Other lines of the same kind."""
