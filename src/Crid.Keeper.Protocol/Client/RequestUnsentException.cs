using Crid.Core;

namespace Crid.Keeper.Protocol;

/// <summary>The connection broke before the keeper had a request, which may therefore be made again whatever it asks for.</summary>
internal sealed class RequestUnsentException(string reason) : CridException(ErrorKind.Unavailable, $"crid-keeper: {reason}");
