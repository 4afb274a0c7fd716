"""The public report: counted from chains, written as a page, as tables and as figures."""
