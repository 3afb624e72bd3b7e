"""Hengjian 衡鉴: from market records to suspected violations to closed cases."""
