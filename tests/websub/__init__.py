"""A WebSub hub and a subscriber, written to the W3C Recommendation of 23 January 2018; both listen on this machine only.

subscriber -- discovers --> topic        publisher -- ping --> hub -- fetches --> topic
subscriber -- asks -------> hub          hub -- distributes --> subscriber
hub -- verifies ----------> subscriber
"""
