r"""Log-linear models of cross-classified lists.

A combination of lists is a binary number whose last digit is the first list, so the
unlisted are at 0; an effect is the number of the lists that it is of. With :math:`A
\subseteq c` for "all digits of A are in c",

.. math:: \log \mu_c = \sum_{A \subseteq c,\, A \in M} u_A

and a model M holds with an effect all the effects that are part of it.
"""
