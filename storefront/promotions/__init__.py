"""What makes things cheaper: coupons, flash sales, and who has the right to which price."""

from storefront.promotions import events
from storefront.promotions.aside import Wrong, set_aside, set_more_aside, sold
from storefront.promotions.auditing import audited
from storefront.promotions.coupons import Held, collect, held, is_new, note_buyer, offered, terms_of, used_by
from storefront.promotions.coupons import give_back as give_coupons_back
from storefront.promotions.coupons import orders_with as orders_with_coupons
from storefront.promotions.coupons import use as use_coupons
from storefront.promotions.flash import Sale, alarm, any_sales, sale, sales, sales_of, take, turn, wait
from storefront.promotions.loading import PromotionsTold, load, read, show
from storefront.promotions.rules import (
    Coupon,
    CouponOver,
    CouponUsedUp,
    Discount,
    FlashHad,
    FlashHasPieces,
    FlashLimit,
    FlashOver,
    ForNewCustomers,
    Goods,
    Kept,
    NoSuchCoupon,
    NotForThese,
    SpendMore,
    Taken,
    Used,
    best,
    discount,
    missing,
    withheld,
)
from storefront.promotions.service import follow, give_back
from storefront.promotions.verifying import CHECKS, findings

__all__ = [
    "CHECKS",
    "Coupon",
    "CouponOver",
    "CouponUsedUp",
    "Discount",
    "FlashHad",
    "FlashHasPieces",
    "FlashLimit",
    "FlashOver",
    "ForNewCustomers",
    "Goods",
    "Held",
    "Kept",
    "NoSuchCoupon",
    "NotForThese",
    "PromotionsTold",
    "Sale",
    "SpendMore",
    "Taken",
    "Used",
    "Wrong",
    "alarm",
    "any_sales",
    "audited",
    "best",
    "collect",
    "discount",
    "events",
    "findings",
    "follow",
    "give_back",
    "give_coupons_back",
    "held",
    "is_new",
    "load",
    "missing",
    "note_buyer",
    "offered",
    "orders_with_coupons",
    "read",
    "sale",
    "sales",
    "sales_of",
    "set_aside",
    "set_more_aside",
    "show",
    "sold",
    "take",
    "terms_of",
    "turn",
    "use_coupons",
    "used_by",
    "wait",
    "withheld",
]
