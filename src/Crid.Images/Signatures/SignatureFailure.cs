using Crid.Core;

namespace Crid.Images;

/// <summary>Failures of the signature policy, with the reason that kubelet shows to users.</summary>
internal static class SignatureFailure
{
    public const string Reason = "SignatureValidationFailed";

    public static CridException Of(string message, Exception? inner = null) => new(ErrorKind.PermissionDenied, message, inner) { Reason = Reason };
}
