namespace Crid.Cri;

/// <summary>The RuntimeReady condition; <paramref name="Reason"/> (one word) and <paramref name="Message"/> are empty while ready.</summary>
public sealed record RuntimeReadiness(bool IsReady, string Reason, string Message);
