"""CRM Jakarta, behind JAKI: what replaced QLUE. An inner interface of the province, off without leave."""

from smartcity_desk.sync.channel import ChannelType
from smartcity_desk.sync.channels.crm.client import CrmClient
from smartcity_desk.sync.channels.crm.manifest import MANIFEST

CHANNEL = ChannelType(MANIFEST, CrmClient)
