"""Words that a made-up directory is built from."""

FIRST = (
    "Aarav", "Aisha", "Amélie", "Anjali", "Arjun", "Björn", "Carlos", "Chiara", "Daniel", "Deepa", "Elena", "Emeka",
    "Fatima", "Felix", "Grace", "Hana", "Ibrahim", "Ines", "Jonas", "Kavya", "Kenji", "Lakshmi", "Leila", "Lukas",
    "Mei", "Meera", "Mohammed", "Nadia", "Nikhil", "Olga", "Omar", "Pedro", "Priya", "Rahul", "Rosa", "Sakura",
    "Sanjay", "Sofia", "Tariq", "Théo", "Uma", "Viktor", "Wanjiru", "Yara", "Yusuf", "Zoë",
)  # fmt: skip
LAST = (
    "Agarwal", "Almeida", "Banerjee", "Bauer", "Castro", "Chen", "D'Souza", "Diallo", "Eriksson", "Fernandes",
    "García", "Gupta", "Haddad", "Iyer", "Jansen", "Joshi", "Kapoor", "Khan", "Kowalska", "Kumar", "Lindqvist",
    "Mehta", "Menon", "Moreau", "Müller", "Nair", "Novák", "Okafor", "Patel", "Petrova", "Rao", "Reddy", "Rossi",
    "Sato", "Schäfer", "Sharma", "Silva", "Singh", "Tanaka", "Verma", "Weber", "Yamamoto",
)  # fmt: skip
CITIES = (
    "Ahmedabad", "Bengaluru", "Bhopal", "Chandigarh", "Chennai", "Coimbatore", "Delhi", "Guwahati", "Hyderabad",
    "Indore", "Jaipur", "Kochi", "Kolkata", "Lucknow", "Mumbai", "Mysuru", "Nagpur", "Panaji", "Patna", "Pune",
    "Raipur", "Shimla", "Surat", "Udaipur", "Varanasi",
)  # fmt: skip
STREETS = ("Station Road", "Market Street", "Park Lane", "MG Road", "Temple Street", "Lake View", "Ring Road")
TRADES: dict[str, tuple[str, ...]] = {
    "Food and Drink": ("Bakery", "Café", "Sweets", "Catering", "Spices", "Restaurant"),
    "Health": ("Clinic", "Pharmacy", "Dental Care", "Physiotherapy", "Opticians"),
    "Home and Garden": ("Furniture", "Plumbing", "Electricals", "Nursery", "Interiors", "Hardware"),
    "Fashion": ("Tailors", "Boutique", "Textiles", "Jewellers", "Footwear"),
    "Learning": ("Coaching", "Music School", "Language Centre", "Books"),
    "Travel": ("Tours", "Car Hire", "Guest House", "Cycles"),
    "Services": ("Printing", "Photography", "Accountants", "Laundry", "Couriers", "Software"),
}
PROFESSIONS = (
    "Architect", "Chartered accountant", "Dietician", "Graphic designer", "Interior designer", "Lawyer",
    "Music teacher", "Paediatrician", "Photographer", "Physiotherapist", "Software developer", "Tax consultant",
    "Translator", "Veterinary surgeon", "Wedding planner", "Yoga teacher",
)  # fmt: skip
SKILLS = ("listening", "planning", "drawing", "negotiation", "teaching", "research", "editing", "first aid", "budgets")
PRAISES = ("Family run since", "Serving the neighbourhood since", "Trusted by our customers since", "Open since")
QUESTIONS = (
    "Do you deliver on Sundays?",
    "What would it cost for about forty people?",
    "Is there an appointment free this week?",
    "Could you send me your catalogue?",
    "I liked your work for my sister and would like the same.",
    "Do you speak Tamil or only English and Hindi?",
    "My order has not arrived yet. Whom may I call?",
    "Is your shop accessible by wheelchair?",
)
