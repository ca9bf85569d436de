"""The pictures of the lessons. `widget NAME` in a lesson is the one public figure of the module `NAME` here.

A figure is no Textual widget: it says which controls it has, what it asks the engine, and how the answer looks as text.
So the app, the linear mode and the tests show exactly the same picture.
"""
