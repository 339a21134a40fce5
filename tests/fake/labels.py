# SPDX-License-Identifier: BSD-3-Clause
"""What the fake sees in a picture: labels of a small tree, chosen by the picture's bytes alone. A picture that carries a
note "enrichkit-fake: labels=Tea@97.2;Mug end" is seen as that (pictures.py writes such notes). Names, parents, aliases and
categories have the form of the genuine service's; what they say of a picture is invented."""
import hashlib
import re

# leaf | its ancestors, nearest first | aliases | category
TREE = """
Green Tea|Tea,Beverage||Food and Beverage
Tea|Beverage||Food and Beverage
Coffee|Beverage||Food and Beverage
Espresso|Coffee,Beverage|Coffee Cup|Food and Beverage
Chocolate|Dessert,Sweets,Food|Confectionery|Food and Beverage
Cocoa|Dessert,Food||Food and Beverage
Spice|Food||Food and Beverage
Flour|Powder,Food||Food and Beverage
Cake|Dessert,Food|Torte|Food and Beverage
Nut|Plant,Food||Food and Beverage
Peanut Butter|Butter,Food||Food and Beverage
Pasta|Food|Macaroni|Food and Beverage
Noodle|Pasta,Food||Food and Beverage
Ketchup|Food||Food and Beverage
Salsa|Food||Food and Beverage
Frying Pan|Cookware,Cooking Pan||Kitchen and Dining
Pot|Cookware||Kitchen and Dining
Kettle|Cookware,Pot||Kitchen and Dining
Blender|Appliance,Mixer|Food Processor|Home Appliances
Mug|Cup||Kitchen and Dining
Glass|||Kitchen and Dining
Plate|Dish,Food||Kitchen and Dining
Pillow|Cushion,Home Decor||Home and Indoors
Blanket|||Home and Indoors
Lamp|||Furniture and Furnishings
Light Bulb|Light,Lightbulb||Materials
Chess|Game||Hobbies and Interests
Domino|Game||Hobbies and Interests
Playing Cards|Game,Gambling||Hobbies and Interests
Jigsaw Puzzle|Game||Hobbies and Interests
Toy Block|Toy||Hobbies and Interests
Teddy Bear|Toy||Hobbies and Interests
Plush|Toy|Soft Toy|Hobbies and Interests
Crayon|||Hobbies and Interests
Clay|||Materials
Train|Vehicle,Transportation|Railway|Transports and Logistics
Toy Car|Toy||Hobbies and Interests
Tent|Camping,Outdoors||Travel and Adventure
Sleeping Bag|Camping,Outdoors||Travel and Adventure
Stove|Appliance||Home Appliances
Helmet|Clothing|Headgear|Apparel and Accessories
Bicycle|Vehicle,Transportation|Bike|Vehicles and Automotive
Yoga Mat|Mat||Health and Fitness
Dumbbell|Gym Weights,Sport|Free Weight|Health and Fitness
Elastic Band|||Health and Fitness
Headphones|Electronics|Headset|Technology and Computing
Earbuds|Electronics||Technology and Computing
Tripod|||Tools and Machinery
Camera Lens|Electronics,Camera||Technology and Computing
Hard Drive|Computer Hardware,Electronics,Hardware||Technology and Computing
Memory Card|Computer Hardware,Electronics,Hardware|SD Card|Technology and Computing
Shampoo|Bottle||Beauty and Personal Care
Hair Drier|Appliance,Dryer|Hair Dryer|Home Appliances
Cosmetics|||Beauty and Personal Care
Sunscreen|Cosmetics,Bottle|Sun Cream|Beauty and Personal Care
Dog Food|Food,Pet||Animals and Pets
Leash|Strap||Animals and Pets
Cat Food|Food,Pet||Animals and Pets
Cat|Mammal,Animal|Kitten|Animals and Pets
Dog|Canine,Mammal,Animal|Puppy|Animals and Pets
Text|||Symbols and Flags
Page|Text||Education
Label|Text||Symbols and Flags
Box|||Materials
Bottle|||Kitchen and Dining
Shoe|Clothing,Footwear|Sneaker|Apparel and Accessories
Chair|Furniture||Furniture and Furnishings
Book|Publication||Education
"""
CATEGORY_OF_ANCESTORS = "Everyday Objects"
NOTE = re.compile(rb"enrichkit-fake: ([ -~]*?) end")


class Entry:
    def __init__(self, name, parents, aliases, category):
        self.name, self.parents, self.aliases, self.category = name, parents, aliases, category


def read_tree():
    entries = {}
    for line in TREE.strip().splitlines():
        name, parents, aliases, category = line.split("|")
        entries[name] = Entry(name, parents.split(",") if parents else [], aliases.split(",") if aliases else [], category)
    for entry in list(entries.values()):
        for i, parent in enumerate(entry.parents):
            entries.setdefault(parent, Entry(parent, entry.parents[i + 1:], [], CATEGORY_OF_ANCESTORS))
    return entries


ENTRIES = read_tree()
LEAVES = [line.split("|")[0] for line in TREE.strip().splitlines()]


def note(picture):
    """Members of the note that a picture carries: {"labels": "Tea@97.2;Cup", "do": ...}."""
    match = NOTE.search(picture, 0, 4096)
    if not match:
        return {}
    return dict(part.split("=", 1) for part in match.group(1).decode("ascii").split() if "=" in part)


def leaves(picture, digest):
    """[(name, confidence)], without ancestors."""
    told = note(picture).get("labels")
    if told is not None:
        pairs = [part.replace("_", " ").partition("@") for part in told.split(";") if part]
        return [(name, float(number or 90 + digest[31] % 10)) for name, _, number in pairs]
    found = {}
    for i in range(digest[0] % 5):                       # one picture in five shows nothing that the fake knows
        found.setdefault(LEAVES[(digest[2 * i + 1] * 256 + digest[2 * i + 2]) % len(LEAVES)], 40 + digest[20 + i] / 255 * 59.9)
    return list(found.items())


def seen(picture, digest=None):
    """As the service answers: each label once, all ancestors as labels too and never less sure than what is below
    them, the surest first."""
    digest = digest or hashlib.sha256(picture).digest()
    sure = {}
    for name, confidence in leaves(picture, digest):
        for above in [name] + ENTRIES[name].parents:
            sure[above] = max(sure.get(above, 0), confidence)
    return [{"Name": name, "Confidence": round(confidence, 4), "Instances": [],
             "Parents": [{"Name": parent} for parent in ENTRIES[name].parents],
             "Aliases": [{"Name": alias} for alias in ENTRIES[name].aliases],
             "Categories": [{"Name": ENTRIES[name].category}]}
            for name, confidence in sorted(sure.items(), key=lambda item: (-item[1], item[0]))]
