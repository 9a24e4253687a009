using Crid.Core;

namespace Crid.Images;

/// <summary>An image is for other machines; what lies beside it may be for this one.</summary>
internal sealed class OtherPlatformException(ErrorKind kind, string message) : CridException(kind, message);
